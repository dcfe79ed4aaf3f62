//! The way to the mail server: TCP, greeting, TLS, login. Whatever fails here, the channel is down.

use super::{
    MailerError,
    stage::Fault,
    wire::{Encrypted, Plain},
};
use bevaka_chassis::settings::{self, SmtpTls};
use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters},
    extension::ClientId,
};
use secrecy::ExposeSecret;
use std::{fs, net::IpAddr, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// How the connection is protected.
enum Protection {
    None,
    Starttls(TlsParameters),
    Implicit(TlsParameters),
}

/// Where the mail server is and how to greet it.
pub(super) struct Server {
    host: String,
    port: u16,
    protection: Protection,
    hello: ClientId,
    credentials: Option<Credentials>,
    connect_timeout: Duration,
}

impl Server {
    pub fn new(settings: &settings::Smtp) -> Result<Self, MailerError> {
        let protection = match settings.tls {
            SmtpTls::None => Protection::None,
            SmtpTls::Starttls => Protection::Starttls(tls(settings)?),
            SmtpTls::Implicit => Protection::Implicit(tls(settings)?),
        };
        let credentials = (!settings.username.is_empty()).then(|| {
            Credentials::new(settings.username.clone(), settings.password.expose_secret().to_owned())
        });
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            protection,
            hello: client_id(&settings.hello_name)?,
            credentials,
            connect_timeout: Duration::from_millis(settings.connect_timeout_ms),
        })
    }

    /// A connection that is ready for MAIL.
    pub async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let tcp = self.connect_tcp().await?;
        let mut connection = match &self.protection {
            Protection::None => self.greet(Box::new(Plain::new(tcp))).await?,
            Protection::Starttls(tls) => {
                let mut connection = self.greet(Box::new(Plain::before_starttls(tcp))).await?;
                connection
                    .starttls(tls.clone(), &self.hello)
                    .await
                    .map_err(|error| Fault::of(&error, "smtp_tls_failed"))?;
                connection
            }
            Protection::Implicit(tls) => {
                let stream = Encrypted::new(tcp, tls.clone())
                    .await
                    .map_err(|error| Fault::of(&error, "smtp_tls_failed"))?;
                self.greet(Box::new(stream)).await?
            }
        };
        if let Some(credentials) = &self.credentials {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .await
                .map_err(|error| Fault::of(&error, "smtp_login_failed"))?;
        }
        Ok(connection)
    }

    async fn connect_tcp(&self) -> Result<TcpStream, Fault> {
        let unreachable = || Fault::named("smtp_unreachable");
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let tcp = timeout(self.connect_timeout, connecting)
            .await
            .map_err(|_| unreachable())?
            .map_err(|_| unreachable())?;
        // Body and final dot leave in two writes; with Nagle on, the second waits for a delayed
        // acknowledgement.
        tcp.set_nodelay(true).map_err(|_| unreachable())?;
        Ok(tcp)
    }

    async fn greet(&self, stream: Box<dyn AsyncTokioStream>) -> Result<AsyncSmtpConnection, Fault> {
        AsyncSmtpConnection::connect_with_transport(stream, &self.hello)
            .await
            .map_err(|error| Fault::from(&error))
    }
}

fn client_id(name: &str) -> Result<ClientId, MailerError> {
    match name.parse() {
        Ok(IpAddr::V4(address)) => Ok(ClientId::Ipv4(address)),
        Ok(IpAddr::V6(address)) => Ok(ClientId::Ipv6(address)),
        Err(_) if is_host_name(name) => Ok(ClientId::Domain(name.to_owned())),
        Err(_) => Err(MailerError::HelloName),
    }
}

fn is_host_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
}

fn tls(settings: &settings::Smtp) -> Result<TlsParameters, MailerError> {
    let mut tls = TlsParameters::builder(settings.host.clone());
    let file = settings.ca_file.as_str();
    if !file.is_empty() {
        let pem = fs::read(file).map_err(|source| MailerError::CaFile { file: file.to_owned(), source })?;
        let no_certificate = || MailerError::NoCertificate { file: file.to_owned() };
        // An empty file is valid PEM of no certificate at all.
        let mark = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(mark.len()).any(|window| window == mark) {
            return Err(no_certificate());
        }
        tls = tls.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| no_certificate())?);
    }
    tls.build().map_err(|_| MailerError::Tls)
}
