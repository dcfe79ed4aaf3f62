//! Stand-ins for the outside world, for development only.
