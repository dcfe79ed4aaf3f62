//! Where the operators' pages are.

pub const NOW: &str = "/drift";
/// What pages that look on are told by.
pub const STREAM: &str = "/drift/nu/strom";
/// Where one signs in; a form posted here leads to the provider.
pub const SIGN_IN: &str = "/drift/logga-in";
/// Where the provider leads back to.
pub const SIGNED_IN: &str = "/drift/inloggad";
/// Where a session is ended by a form.
pub const SIGN_OUT: &str = "/drift/logga-ut";
/// Searching events and alerts; one event is `…/{id}`.
pub const EVENTS: &str = "/drift/handelser";
/// One event, with who was told and why.
pub const EVENT: &str = "/drift/handelser/{id}";
pub const EVENT_CONTENT: &str = "/drift/handelser/{id}/innehall";
/// Sending it again to those who were not told.
pub const EVENT_AGAIN: &str = "/drift/handelser/{id}/skicka-igen";
pub const EXPLAIN: &str = "/drift/prova";
/// One alert, `…/{id}`; many of them at once.
pub const DELIVERIES: &str = "/drift/aviseringar";
pub const DELIVERY: &str = "/drift/aviseringar/{id}";
/// Where a form lets an alert be tried again.
pub const DELIVERY_RETRY: &str = "/drift/aviseringar/{id}/forsok";
/// Where a form stops an alert.
pub const DELIVERY_CANCEL: &str = "/drift/aviseringar/{id}/avbryt";
pub const DEAD_LETTERS: &str = "/drift/dodbrev";
/// All open dead letters of one reason.
pub const DEAD_LETTERS_ALL: &str = "/drift/dodbrev/alla";
pub const DEAD_LETTER: &str = "/drift/dodbrev/{id}";
/// Where a form asks for what a dead letter holds.
pub const DEAD_LETTER_CONTENT: &str = "/drift/dodbrev/{id}/innehall";
/// Where a form sends a dead letter in again.
pub const DEAD_LETTER_REQUEUE: &str = "/drift/dodbrev/{id}/skicka";
/// Where a form gives a dead letter up.
pub const DEAD_LETTER_DISCARD: &str = "/drift/dodbrev/{id}/kasta";
pub const CHANNELS: &str = "/drift/kanaler";
/// Where a channel is stopped by a form.
pub const CHANNEL_PAUSE: &str = "/drift/kanaler/{channel}/stoppa";
/// Where it is let run again.
pub const CHANNEL_RESUME: &str = "/drift/kanaler/{channel}/fortsatt";
/// Where a test is sent through it.
pub const CHANNEL_TEST: &str = "/drift/kanaler/{channel}/test";
pub const TRAIL: &str = "/drift/spar";
/// Where a form asks for a check of the trail's chains.
pub const TRAIL_CHECK: &str = "/drift/spar/kontroll";
/// The whole trail as a file.
pub const TRAIL_EXPORT: &str = "/drift/spar/export";
/// Putting events on the bus; one injection is `…/{id}`.
pub const INJECT: &str = "/drift/injicera";
