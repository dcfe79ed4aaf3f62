//! Watches with their contact points.
