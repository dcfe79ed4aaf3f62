//! From one message to one HTTP request, as the gateway file says.

use super::{
    config::{Auth, Encoding, Field, GatewayConfig, Method},
    template::Values,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::Full;
use hyper::body::Bytes;
use reqwest::{
    Client, Request,
    header::{AUTHORIZATION, HOST, HeaderName, HeaderValue},
};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// A header that proves who asks.
pub(super) type Proof = Option<(HeaderName, HeaderValue)>;

/// The same for every request, so it is made once; `None` if a value has no place in a header.
pub(super) fn proof(auth: &Auth, values: &Values<'_>) -> Option<Proof> {
    let (name, value) = match auth {
        Auth::None => return Some(None),
        Auth::Basic { username, password } => {
            let pair = format!("{}:{}", username.render(values), password.render(values));
            (AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(pair)))
        }
        Auth::Bearer { token } => (AUTHORIZATION, format!("Bearer {}", token.render(values))),
        Auth::Header { name, value } => (name.0.clone(), value.render(values)),
    };
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some(Some((name, value)))
}

/// The request for one message.
pub(super) fn build(
    client: &Client,
    config: &GatewayConfig,
    base_url: &Url,
    proof: &Proof,
    values: &Values<'_>,
) -> Result<Request, reqwest::Error> {
    let rule = &config.request;
    let url = address(base_url, config, values);
    let request = match rule.method {
        Method::Get => client.get(url),
        Method::Post => client.post(url),
    };
    let request = match rule.encoding {
        Encoding::Query => request.query(&pairs(&rule.fields, values)),
        Encoding::Form => request.form(&pairs(&rule.fields, values)),
        Encoding::Json => request.json(&group(&rule.fields, values)),
    };
    match proof {
        Some((name, value)) => request.header(name, value).build(),
        None => request.build(),
    }
}

/// The same request for a connection that goes to its server already; `None` if its address has no place in one.
pub(super) fn over_http1(request: &Request) -> Option<hyper::Request<Full<Bytes>>> {
    let url = request.url();
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str()?),
        None => url.host_str()?.to_owned(),
    };
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut built = hyper::Request::builder().method(request.method().clone()).uri(target);
    *built.headers_mut()? = request.headers().clone();
    let body =
        request.body().and_then(reqwest::Body::as_bytes).map(Bytes::copy_from_slice).unwrap_or_default();
    built.header(HOST, host).body(Full::new(body)).ok()
}

fn address(base_url: &Url, config: &GatewayConfig, values: &Values<'_>) -> Url {
    let mut url = base_url.clone();
    // Refused only for addresses without a host, which a base address always has.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty();
        for segment in &config.request.path.0 {
            segments.push(&segment.render(values));
        }
    }
    url
}

fn pairs<'a>(fields: &'a BTreeMap<String, Field>, values: &Values<'_>) -> Vec<(&'a str, String)> {
    let text = |field| match render(field, values)? {
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    fields.iter().filter_map(|(name, field)| Some((name.as_str(), text(field)?))).collect()
}

fn group(fields: &BTreeMap<String, Field>, values: &Values<'_>) -> Value {
    fields.iter().filter_map(|(name, field)| Some((name.clone(), render(field, values)?))).collect()
}

/// Nothing where a template names what is empty: providers refuse an empty callback address.
fn render(field: &Field, values: &Values<'_>) -> Option<Value> {
    match field {
        Field::Template(template) => template.render_if_complete(values).map(Value::String),
        Field::Fixed(value) => Some(value.clone()),
        Field::List(list) => Some(list.iter().filter_map(|field| render(field, values)).collect()),
        Field::Group(fields) => Some(group(fields, values)),
    }
}
