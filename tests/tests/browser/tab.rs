//! A tab of a headless Chromium, as a person uses it: by what stands on the page.

use crate::look::Look;
use chromiumoxide::{
    Browser, BrowserConfig, Page,
    cdp::{
        browser_protocol::{
            browser::BrowserContextId,
            emulation::{SetFocusEmulationEnabledParams, SetScriptExecutionDisabledParams},
            input::{DispatchKeyEventParams, DispatchKeyEventType},
            page::{CaptureScreenshotParams, Viewport},
            target::{CreateBrowserContextParams, CreateTargetParams},
        },
        js_protocol::runtime::EvaluateParams,
    },
};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::{task::JoinHandle, time::sleep};

/// How long a page may take to show something.
const PATIENCE: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);

/// A browser; closed when dropped.
pub struct Chromium {
    browser: Browser,
    _events: JoinHandle<()>,
    _profile: tempfile::TempDir,
}

/// A tab with the cookies of its person.
pub struct Tab {
    page: Page,
    /// Whose cookies they are.
    context: BrowserContextId,
}

impl Chromium {
    pub async fn start() -> Self {
        let program =
            tokio::task::block_in_place(|| bevaka_rig::install::CHROMIUM.ensure("chromium")).unwrap();
        let profile = tempfile::tempdir().unwrap();
        let config = BrowserConfig::builder()
            .chrome_executable(program)
            .user_data_dir(profile.path())
            .no_sandbox()
            .arg("disable-dev-shm-usage")
            .arg("lang=sv")
            .window_size(1_200, 1_400)
            .launch_timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let (browser, mut handler) = Browser::launch(config).await.unwrap();
        let events = tokio::spawn(async move { while handler.next().await.is_some() {} });
        Self { browser, _events: events, _profile: profile }
    }

    /// A tab of a person: nobody else's cookies are in it.
    pub async fn person(&self) -> Tab {
        let context =
            self.browser.create_browser_context(CreateBrowserContextParams::default()).await.unwrap();
        self.tab(context).await
    }

    /// A further tab of the same person.
    pub async fn beside(&self, tab: &Tab) -> Tab {
        self.tab(tab.context.clone()).await
    }

    async fn tab(&self, context: BrowserContextId) -> Tab {
        let target = CreateTargetParams::builder().url("about:blank").browser_context_id(context.clone());
        let page = self.browser.new_page(target.build().unwrap()).await.unwrap();
        Tab { page, context }
    }

    pub async fn close(mut self) {
        self.browser.close().await.unwrap();
        let _ = self.browser.wait().await;
    }
}

impl Tab {
    pub async fn go(&self, url: &str) {
        self.page.goto(url).await.unwrap_or_else(|fault| panic!("{url}: {fault}"));
    }

    /// Waits until the page shows a text.
    pub async fn see(&self, text: &str) {
        // Spaces that do not break look like others.
        let script = format!(
            "document.body && document.body.innerText.replaceAll('\u{a0}', ' ').includes({})",
            Value::from(text)
        );
        if !self.becomes_true(&script).await {
            let shown = self.evaluate("document.title + '\\n' + document.body.innerText").await;
            panic!(
                "{text:?} is not on the page {}:\n{}",
                self.address().await,
                shown.as_str().unwrap_or("?")
            );
        }
    }

    /// Waits until a selector finds something.
    pub async fn find(&self, selector: &str) {
        self.act(&format!("document.querySelector({})", Value::from(selector)), "").await;
    }

    /// Whether the page shows a text now.
    pub async fn shows(&self, text: &str) -> bool {
        self.evaluate(&format!("document.body.innerText.includes({})", Value::from(text))).await == true
    }

    /// Presses the link or button that says exactly this, once it is there.
    pub async fn press(&self, text: &str) {
        let wanted = Value::from(text);
        self.act(
            &format!(
                "[...document.querySelectorAll('main a, main button')].find(e => \
                 e.innerText.trim() === {wanted} && e.offsetParent !== null)"
            ),
            "element.click()",
        )
        .await;
    }

    /// Presses what a selector finds first, once it is there.
    pub async fn press_at(&self, selector: &str) {
        self.act(&format!("document.querySelector({})", Value::from(selector)), "element.click()").await;
    }

    /// Types into the field that a selector finds.
    pub async fn fill(&self, selector: &str, text: &str) {
        let set = format!("element.value = {}", Value::from(text));
        self.act(&format!("document.querySelector({})", Value::from(selector)), &set).await;
    }

    /// Chooses what says this in the list that a selector finds.
    pub async fn choose(&self, selector: &str, text: &str) {
        let choices = format!("[...(document.querySelector({})?.options ?? [])]", Value::from(selector));
        let find = format!("{choices}.find(choice => choice.text.includes({}))", Value::from(text));
        self.act(&find, "element.selected = true").await;
    }

    /// What stands in the element that a selector finds, once it is there.
    pub async fn read(&self, selector: &str) -> String {
        self.find(selector).await;
        let text = format!("document.querySelector({}).innerText", Value::from(selector));
        self.evaluate(&text).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a script says yes; `what` tells what it waits for.
    pub async fn until(&self, what: &str, script: &str) {
        assert!(self.becomes_true(script).await, "{what} did not happen on {}", self.address().await);
    }

    /// Where the tab is.
    pub async fn address(&self) -> String {
        self.evaluate("location.href").await.as_str().unwrap_or_default().to_owned()
    }

    /// Something of the page.
    pub async fn evaluate(&self, script: &str) -> Value {
        // While a page is being replaced there is nothing to ask.
        match self.page.evaluate_expression(script).await {
            Ok(result) => result.value().cloned().unwrap_or(Value::Null),
            Err(_) => Value::Null,
        }
    }

    /// What a script answers, once its promise is kept; a fault of the script fails the test.
    pub async fn ask(&self, script: &str) -> Value {
        let params =
            EvaluateParams::builder().expression(script).await_promise(true).return_by_value(true).build();
        match self.page.evaluate_expression(params.unwrap()).await {
            Ok(result) => result.value().cloned().unwrap_or(Value::Null),
            Err(fault) => panic!("{}: {fault}", self.address().await),
        }
    }

    /// Shows the page in another way from now on, as if the person looked at it.
    pub async fn show_as(&self, look: Look) {
        self.page.execute(look.metrics()).await.unwrap();
        self.page.execute(look.media()).await.unwrap();
        self.take_focus().await;
    }

    /// Runs no script of any page from now on.
    pub async fn without_scripts(&self) {
        self.page.execute(SetScriptExecutionDisabledParams::new(true)).await.unwrap();
    }

    /// Takes the focus, as the window before a person has it.
    pub async fn take_focus(&self) {
        self.page.execute(SetFocusEmulationEnabledParams::new(true)).await.unwrap();
    }

    /// Presses the Tab key.
    pub async fn press_key_tab(&self) {
        self.press_key("Tab", 9, None).await;
    }

    /// Presses a key with its code of old, and what it writes.
    pub async fn press_key(&self, key: &str, code: i64, writes: Option<&str>) {
        let event =
            |way| DispatchKeyEventParams::builder().r#type(way).key(key).windows_virtual_key_code(code);
        let down = match writes {
            Some(text) => event(DispatchKeyEventType::KeyDown).text(text),
            None => event(DispatchKeyEventType::RawKeyDown),
        };
        for event in [down, event(DispatchKeyEventType::KeyUp)] {
            self.page.execute(event.build().unwrap()).await.unwrap();
        }
    }

    /// The whole page as a PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let size =
            self.ask("[document.documentElement.clientWidth, document.documentElement.offsetHeight]").await;
        let part = |at: usize| size[at].as_f64().unwrap();
        let clip = Viewport { x: 0.0, y: 0.0, width: part(0), height: part(1), scale: 1.0 };
        let params = CaptureScreenshotParams::builder().clip(clip).capture_beyond_viewport(true).build();
        self.page.screenshot(params).await.unwrap()
    }

    async fn act(&self, find: &str, then: &str) {
        let script = format!(
            "(() => {{ const element = {find}; if (!element) return false; {then}; return true; }})()"
        );
        if !self.becomes_true(&script).await {
            let shown = self.evaluate("document.title + '\\n' + document.body.innerText").await;
            panic!("nothing fits {find} on {}:\n{}", self.address().await, shown.as_str().unwrap_or("?"));
        }
    }

    async fn becomes_true(&self, script: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.evaluate(script).await == true {
                return true;
            }
            sleep(POLL).await;
        }
        false
    }
}
