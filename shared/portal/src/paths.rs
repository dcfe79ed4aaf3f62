//! The addresses that pages of different services lead to. Each service mounts its own of them.

/// The start page; served by agreements.
pub const START: &str = "/";
/// *Logga in*; served by agreements.
pub const SIGN_IN: &str = "/logga-in";
/// Signs out; POST only, served by agreements.
pub const SIGN_OUT: &str = "/logga-ut";
/// *Välj företag*; served by agreements.
pub const CHOOSE_COMPANY: &str = "/valj-foretag";
/// Sets the language of pages and alerts; POST only, served by agreements.
pub const LANGUAGE: &str = "/sprak";
/// *Hjälp*; served by agreements.
pub const HELP: &str = "/hjalp";
/// *Avtal och historik*; served by agreements.
pub const AGREEMENT: &str = "/avtal";
/// *Anslut*; served by agreements.
pub const CONNECT: &str = "/avtal/anslut";
/// *Behörigheter*; served by agreements.
pub const PERMISSIONS: &str = "/behorigheter";
/// *Mina bevakningar*; served by watches.
pub const WATCHES: &str = "/bevakningar";
/// *Ändra mina bevakningar*; served by watches.
pub const WATCHES_CHANGE: &str = "/bevakningar/andra";
/// *Kontaktuppgifter*; served by watches.
pub const CONTACTS: &str = "/kontaktuppgifter";
/// *Mina aviseringar*; served by watches.
pub const ALERTS: &str = "/aviseringar";
/// *Företagets bevakningar*, for permission administrators; served by watches.
pub const COVERAGE: &str = "/foretagets-bevakningar";
/// Turns watches off from a mail, without signing in; served by watches.
pub const UNSUBSCRIBE: &str = "/sluta/{token}";
