//! What processes used, as the kernel counts it.

use std::{collections::HashMap, fs, process};

/// A process by what /proc says of it.
struct Entry {
    parent: u32,
    name: String,
    /// Its own processor time and that of the children that ended, in ticks.
    ticks: u64,
}

/// Processor time of all processes of a name that descend from this one, in milliseconds.
pub fn cpu_of(name: &str) -> f64 {
    let entries = entries();
    let ticks: u64 = descendants(&entries, name).map(|pid| entries[&pid].ticks).sum();
    millis(ticks)
}

/// The process of a name that descends from this one.
pub fn process(name: &str) -> Option<u32> {
    let entries = entries();
    descendants(&entries, name).next()
}

/// Processor time of this process, without one thread of it, in milliseconds.
pub fn cpu_without(thread: &str) -> f64 {
    let own = fs::read_to_string("/proc/self/stat").ok().and_then(|text| parse(&text));
    let mut ticks = own.map_or(0, |entry| entry.ticks);
    for task in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let entry = fs::read_to_string(task.path().join("stat")).ok().and_then(|text| parse(&text));
        ticks -= entry.filter(|entry| entry.name == thread).map_or(0, |entry| entry.ticks).min(ticks);
    }
    millis(ticks)
}

/// The most memory that a process ever held, in megabytes.
pub fn peak_memory(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1_024.0)
}

fn descendants<'a>(entries: &'a HashMap<u32, Entry>, name: &'a str) -> impl Iterator<Item = u32> + 'a {
    let ours = process::id();
    let is_ours = move |mut pid: u32| {
        while let Some(entry) = entries.get(&pid) {
            if entry.parent == ours {
                return true;
            }
            pid = entry.parent;
        }
        false
    };
    entries.iter().filter(move |(pid, entry)| entry.name == name && is_ours(**pid)).map(|(pid, _)| *pid)
}

fn entries() -> HashMap<u32, Entry> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| {
            let pid = process.file_name().to_str()?.parse().ok()?;
            Some((pid, parse(&fs::read_to_string(process.path().join("stat")).ok()?)?))
        })
        .collect()
}

/// `pid (name) state parent …`, where the 14th to 17th fields are times.
fn parse(stat: &str) -> Option<Entry> {
    let (head, tail) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Entry { parent: fields.get(1)?.parse().ok()?, name, ticks })
}

#[allow(clippy::cast_precision_loss, reason = "a benchmark's figures")]
fn millis(ticks: u64) -> f64 {
    ticks as f64 * 1_000.0 / rustix::param::clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let entry = parse("7 (a) b) S 3 1 1 0 -1 0 0 0 0 0 10 20 3 4 20 0 1 0").unwrap();
        assert_eq!((entry.parent, entry.name.as_str(), entry.ticks), (3, "a) b", 37));
        assert!(peak_memory(process::id()).unwrap() > 0.5);
    }
}
