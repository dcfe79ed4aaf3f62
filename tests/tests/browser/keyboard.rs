//! What people do who have no mouse: Tab, Space, Enter, and typing.

use crate::tab::Tab;
use serde_json::Value;

/// More presses of the Tab key than it takes to come round any page.
const PRESSES: usize = 150;

/// The keyboard before a tab.
pub struct Keyboard<'a>(pub &'a Tab);

impl Keyboard<'_> {
    /// Goes by the Tab key to what a selector finds.
    pub async fn to(&self, selector: &str) {
        self.0.find(selector).await;
        let is_there = format!("document.activeElement.matches({})", Value::from(selector));
        for _ in 0..PRESSES {
            self.0.press_key_tab().await;
            if self.0.evaluate(&is_there).await == true {
                return;
            }
        }
        panic!("the Tab key does not reach {selector} on {}", self.0.address().await);
    }

    /// Goes there and follows the link or presses the button.
    pub async fn enter(&self, selector: &str) {
        self.to(selector).await;
        self.0.press_key("Enter", 13, Some("\r")).await;
    }

    /// Goes there and ticks, chooses or folds open.
    pub async fn space(&self, selector: &str) {
        self.to(selector).await;
        self.0.press_key(" ", 32, Some(" ")).await;
    }

    /// Goes there and types.
    pub async fn write(&self, selector: &str, text: &str) {
        self.to(selector).await;
        for letter in text.chars() {
            let letter = letter.to_string();
            self.0.press_key(&letter, 0, Some(&letter)).await;
        }
    }
}
