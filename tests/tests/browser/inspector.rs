//! Looks at pages as people with different needs meet them, and collects what hinders one of them.

use crate::{
    look::{Look, Medium, Scheme},
    tab::{Chromium, Tab},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};

/// A directory for a picture of every page in both widths and both schemes, for a person to look at.
const PICTURES: &str = "BEVAKA_SCREENSHOTS";
const SCRIPT: &str = include_str!("inspect.js");
/// A window, and the narrowest one that must do without scrolling sideways (WCAG 1.4.10).
const WIDTHS: [i64; 2] = [1_280, 320];
/// [`WIDTHS`]' window at a zoom of 200 %.
const ZOOMED: i64 = 640;
/// More presses of the Tab key than any page needs.
const PRESSES: usize = 300;

/// Collects faults; [`Inspector::finish`] fails with all of them.
pub struct Inspector {
    axe: String,
    pictures: Option<PathBuf>,
    faults: BTreeSet<String>,
    pages: usize,
}

impl Inspector {
    pub fn new() -> Self {
        let axe = tokio::task::block_in_place(bevaka_rig::axe::script).unwrap();
        let pictures = std::env::var_os(PICTURES).map(PathBuf::from);
        if let Some(directory) = &pictures {
            fs::create_dir_all(directory).unwrap();
        }
        Self { axe, pictures, faults: BTreeSet::new(), pages: 0 }
    }

    /// Goes to each of these addresses below `url` and inspects what is there; `who` tells whose pages they are.
    pub async fn addresses(&mut self, tab: &Tab, url: &str, who: &str, addresses: &[&str]) {
        for address in addresses {
            tab.go(&format!("{url}{address}")).await;
            self.page(tab, &format!("{who} {address}")).await;
        }
    }

    /// Inspects what the tab shows, in every look, and leaves it as it was but for folded parts, which are open then.
    pub async fn page(&mut self, tab: &Tab, name: &str) {
        self.pages += 1;
        tab.ask(&self.axe).await;
        tab.ask(SCRIPT).await;
        tab.ask("inspect.hold()").await;
        self.add(name, &tab.ask("inspect.structure()").await);
        self.photograph(tab, name).await;
        tab.ask("inspect.open()").await;
        for scheme in Scheme::BOTH {
            for width in WIDTHS {
                tab.show_as(Look::screen(width, scheme)).await;
                let name = format!("{name}, {width} px, {}", scheme.name());
                self.add(&name, &tab.ask("inspect.axe()").await);
                self.keyboard(tab, &name).await;
            }
        }
        self.room(tab, name).await;
        self.medium(tab, name, Medium::StillScreen, "inspect.motion()").await;
        self.medium(tab, name, Medium::Paper, "inspect.paper()").await;
        tab.show_as(Look::screen(WIDTHS[0], Scheme::Light)).await;
    }

    /// Fails unless all pages were without fault.
    pub fn finish(self) {
        assert!(self.pages > 0, "no page was inspected");
        let faults: Vec<_> = self.faults.into_iter().collect();
        assert!(faults.is_empty(), "{} faults on {} pages:\n{}", faults.len(), self.pages, faults.join("\n"));
    }

    /// Nothing may be wider than the page: at 320 px, at a zoom of 200 %, nor with letters of twice their size (WCAG 1.4.4).
    async fn room(&mut self, tab: &Tab, name: &str) {
        for width in [WIDTHS[1], ZOOMED] {
            tab.show_as(Look::screen(width, Scheme::Light)).await;
            self.add(&format!("{name}, {width} px"), &tab.ask("inspect.overflow()").await);
        }
        tab.show_as(Look::screen(WIDTHS[0], Scheme::Light)).await;
        let size = "document.documentElement.style.fontSize";
        tab.ask(&format!("{size} = '212.5%'")).await;
        self.add(&format!("{name}, large letters"), &tab.ask("inspect.overflow()").await);
        tab.ask(&format!("{size} = ''")).await;
    }

    async fn medium(&mut self, tab: &Tab, name: &str, medium: Medium, question: &str) {
        tab.show_as(Look { medium, ..Look::screen(WIDTHS[0], Scheme::Light) }).await;
        self.add(name, &tab.ask(question).await);
    }

    /// Goes through the page by the Tab key alone.
    async fn keyboard(&mut self, tab: &Tab, name: &str) {
        tab.ask("inspect.begin()").await;
        for _ in 0..PRESSES {
            tab.press_key_tab().await;
            let found = tab.ask("inspect.step()").await;
            if found.is_null() {
                break;
            }
            self.add(name, &found);
        }
        self.add(name, &tab.ask("inspect.missed()").await);
    }

    async fn photograph(&self, tab: &Tab, name: &str) {
        let Some(directory) = &self.pictures else { return };
        let name = name.replace(|c: char| !c.is_alphanumeric(), "-");
        for scheme in Scheme::BOTH {
            for width in WIDTHS {
                tab.show_as(Look::screen(width, scheme)).await;
                let file = directory.join(format!("{name}-{width}-{}.png", scheme.name()));
                fs::write(file, tab.picture().await).unwrap();
            }
        }
        tab.show_as(Look { medium: Medium::Paper, ..Look::screen(WIDTHS[0], Scheme::Light) }).await;
        fs::write(directory.join(format!("{name}-paper.png")), tab.picture().await).unwrap();
    }

    fn add(&mut self, name: &str, found: &Value) {
        let found = found.as_array().unwrap_or_else(|| panic!("{name}: the inspection answered {found}"));
        self.faults.extend(found.iter().map(|fault| format!("{name}: {}", fault.as_str().unwrap())));
    }
}

/// A page with one fault of each sort.
const FAULTY: &str = "<!DOCTYPE html><html><title>Fel</title><style>
    #wide { width: 1500px; }
    #moves { transition: color 1s; }
    #bare:focus { outline: none; }
    #low { color: #bbb; background: #fff; }
    #over { position: absolute; inset: 0; }
    @media print { button { display: none } }
    </style><body><nav><a href='/'>Start</a></nav><main>
    <p style='position: relative'><a id=covered href='/y'>Skymd</a><span id=over></span></p>
    <div id=wide>Bred</div><p id=moves>R\u{f6}rlig</p><p id=low>Svag</p><img src='data:,'>
    <button id=bare>Ring</button><button id=trap tabindex=0>F\u{e4}lla</button><a id=lost href='/x'>Efter</a>
    </main><script>trap.onkeydown = (e) => e.preventDefault()</script>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_page_is_found_on_axe() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("faulty.html");
    fs::write(&file, FAULTY).unwrap();
    let chromium = Chromium::start().await;
    let tab = chromium.person().await;
    tab.go(&format!("file://{}", file.display())).await;
    let mut inspector = Inspector { pictures: None, ..Inspector::new() };
    inspector.page(&tab, "faulty").await;
    chromium.close().await;
    for expected in [
        "faulty: it has 0 h1",
        "faulty: it does not say its language",
        "faulty: the first that takes focus is not the link to the text",
        "faulty: it lacks Skriv ut (R42)",
        "faulty, 1280 px, light: image-alt: img:",
        "faulty, 320 px, dark: color-contrast: #low:",
        "faulty, 1280 px, light: the focus is not seen on button#bare",
        "faulty, 1280 px, light: it has the focus and is covered: a#covered",
        "faulty, 320 px, dark: the Tab key does not reach a#lost",
        "faulty, 320 px: it is 15",
        "faulty, 640 px: it is 15",
        "faulty, large letters: it is 15",
        "faulty: it moves: p#moves",
        "faulty: it prints nav",
    ] {
        assert!(
            inspector.faults.iter().any(|fault| fault.starts_with(expected)),
            "{expected} is not in {:#?}",
            inspector.faults
        );
    }
    let print = inspector.faults.iter().any(|fault| fault.contains("it prints button"));
    assert!(!print, "what is not printed is no fault");
}
