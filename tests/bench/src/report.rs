//! What was measured, as a table for people and as JSON.

use crate::{
    bevaka::Whole,
    data::ALERTS,
    drain::{Drain, Tally, real},
    latency::Latencies,
    raw,
};
use serde_json::{Value, json};
use std::fmt::Write;

/// No verdict if the disk was so many times faster in one round than in another.
const DRIFT: f64 = 2.0;

/// One round.
#[derive(Clone, Debug)]
pub struct Round {
    /// Small writes that reach the disk in a second.
    pub fsync: f64,
    /// Events published with confirms in a second.
    pub publish: f64,
    /// Events read in a second.
    pub consume: f64,
    /// Events stored with their deliveries in a second.
    pub insert: f64,
    /// Messages posted in a second.
    pub http: f64,
    /// The ceiling program.
    pub ceiling: Drain,
    /// Its processor time, in ms for 1,000 events.
    pub ceiling_cpu: f64,
    /// Events that Bevaka plans in a second.
    pub intake: f64,
    /// Bevaka's whole way.
    pub whole: Whole,
}

/// All that one run of the benchmark found.
#[derive(Debug, Default)]
pub struct Report {
    /// Events in each drain.
    pub events: usize,
    /// The rounds that count.
    pub rounds: Vec<Round>,
    /// At a low rate.
    pub latencies: Option<Latencies>,
    /// One long run with the publisher running.
    pub long: Option<(usize, Whole)>,
    /// With ten times the companies and stored deliveries.
    pub growth: Option<Growth>,
    /// All drains together, the dropped ones too.
    pub tally: Tally,
}

/// The same drain with usual and with grown data.
#[derive(Debug)]
pub struct Growth {
    /// Usual data.
    pub usual: Whole,
    /// Grown data.
    pub grown: Whole,
}

/// A figure over the rounds.
struct Figure {
    name: &'static str,
    values: Vec<f64>,
    goal: &'static str,
}

impl Growth {
    fn ratio(&self) -> f64 {
        self.grown.drain.events_per_s / self.usual.drain.events_per_s
    }
}

impl Report {
    fn figures(&self) -> Vec<Figure> {
        let figure = |name, goal, of: fn(&Round) -> f64| Figure {
            name,
            goal,
            values: self.rounds.iter().map(of).collect(),
        };
        vec![
            figure("fdatasync, writes/s", "", |r| r.fsync),
            figure("raw publish, events/s", "", |r| r.publish),
            figure("raw consume, events/s", "", |r| r.consume),
            figure("raw insert, events/s", "", |r| r.insert),
            figure("raw HTTP, messages/s", "", |r| r.http),
            figure("ceiling program, events/s", "", |r| r.ceiling.events_per_s),
            figure("intake only, events/s", "", |r| r.intake),
            figure("whole way, events/s", "", |r| r.whole.drain.events_per_s),
            figure("whole way, deliveries/s", "", |r| r.whole.drain.events_per_s * real(ALERTS)),
            figure("whole way / ceiling", ">= 0.80", |r| r.whole.drain.events_per_s / r.ceiling.events_per_s),
            figure("whole way / serial model", ">= 0.50", |r| {
                r.whole.drain.events_per_s / raw::serial_model(r.consume, r.insert, r.http)
            }),
            figure("intake / raw consume", ">= 0.55", |r| r.intake / r.consume),
            figure("dispatcher CPU, ms/1,000 events", "<= 80", |r| r.whole.cpu),
            figure("  PostgreSQL beside it", "", |r| r.whole.drain.servers_cpu[0]),
            figure("  RabbitMQ beside it", "", |r| r.whole.drain.servers_cpu[1]),
            figure("ceiling CPU, ms/1,000 events", "", |r| r.ceiling_cpu),
            figure("  PostgreSQL beside it", "", |r| r.ceiling.servers_cpu[0]),
            figure("  RabbitMQ beside it", "", |r| r.ceiling.servers_cpu[1]),
            figure("dispatcher memory, MB at most", "<= 80", |r| r.whole.memory),
            figure("WAL, bytes/event", "", |r| r.whole.drain.wal_bytes),
            figure("  of the ceiling program", "", |r| r.ceiling.wal_bytes),
        ]
    }

    /// Whether the disk was as fast all the time as the ratios need it.
    pub fn is_steady(&self) -> bool {
        let probes = self.rounds.iter().map(|round| round.fsync);
        let (low, high) = probes.fold((f64::MAX, 0.0_f64), |(low, high), f| (low.min(f), high.max(f)));
        high <= DRIFT * low
    }

    /// Whether every alert came once.
    pub fn is_exact(&self) -> bool {
        self.tally == Tally::default()
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing into a String does not fail.
        if !self.rounds.is_empty() {
            let (events, rounds) = (self.events, self.rounds.len());
            let _ =
                writeln!(text, "\n{events} events in each drain, {rounds} rounds, {ALERTS} alerts each\n");
            let _ = writeln!(text, "{:<34} {:>10} {:>10} {:>10}  goal", "", "median", "min", "max");
            for Figure { name, values, goal } in self.figures() {
                let [median, min, max] = spread(&values).map(short);
                let _ = writeln!(text, "{name:<34} {median:>10} {min:>10} {max:>10}  {goal}");
            }
        }
        if let Some(l) = &self.latencies {
            let limit = 1.5 * (l.queue.p50 + l.commit + l.post);
            let _ = writeln!(text, "\nlatency at 50 events/s, ms{:>21} {:>10}", "p50", "p99");
            for (name, latency) in [("queue alone", l.queue), ("ceiling program", l.ceiling)] {
                let _ = writeln!(text, "{name:<34} {:>12.2} {:>10.2}", latency.p50, latency.p99);
            }
            let _ = writeln!(
                text,
                "{:<34} {:>12.2} {:>10.2}  goal: <= {limit:.2}, <= 8\none commit {:.2}, one post {:.2}",
                "Bevaka", l.bevaka.p50, l.bevaka.p99, l.commit, l.post
            );
        }
        if let Some((events, whole)) = &self.long {
            let _ = writeln!(
                text,
                "\nlong run of {events} events with the publisher running: {} events/s, {:.1} ms CPU/1,000, {:.0} MB",
                short(whole.drain.events_per_s),
                whole.cpu,
                whole.memory
            );
        }
        if let Some(growth) = &self.growth {
            let _ = writeln!(
                text,
                "\nten times the companies and stored deliveries: {} events/s, before {} ({:.2}, goal >= 0.80)",
                short(growth.grown.drain.events_per_s),
                short(growth.usual.drain.events_per_s),
                growth.ratio()
            );
        }
        if !self.is_steady() {
            let _ =
                writeln!(text, "\nno verdict: the disk drifted more than {DRIFT}-fold between the rounds");
        }
        let _ = writeln!(text, "\nmissing {}, doubled {}", self.tally.missing, self.tally.doubled);
        text
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let rounds: serde_json::Map<_, _> = self
            .figures()
            .into_iter()
            .scan("", |parent, figure| {
                // Indented names belong to the figure above them.
                let name = figure.name.trim_start();
                let full = if name == figure.name { name.to_owned() } else { format!("{parent}: {name}") };
                if name == figure.name {
                    *parent = figure.name;
                }
                Some((full, figure.values))
            })
            .map(|(name, values)| {
                let [median, min, max] = spread(&values);
                (name, json!({ "median": median, "min": min, "max": max }))
            })
            .collect();
        let latencies = self.latencies.map(|l| {
            json!({
                "queue": [l.queue.p50, l.queue.p99], "ceiling": [l.ceiling.p50, l.ceiling.p99],
                "bevaka": [l.bevaka.p50, l.bevaka.p99], "commit": l.commit, "post": l.post,
            })
        });
        let whole =
            |w: &Whole| json!({ "events_per_s": w.drain.events_per_s, "cpu": w.cpu, "memory": w.memory });
        json!({
            "events": self.events,
            "rounds": if self.rounds.is_empty() { Value::Null } else { rounds.into() },
            "latency_p50_p99_ms": latencies,
            "long": self.long.as_ref().map(|(_, w)| whole(w)),
            "growth": self.growth.as_ref().map(|g| json!({ "usual": whole(&g.usual), "grown": whole(&g.grown) })),
            "steady": self.is_steady(),
            "missing": self.tally.missing,
            "doubled": self.tally.doubled,
        })
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.missing += other.missing;
        self.doubled += other.doubled;
    }
}

/// Median, least and greatest.
fn spread(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
    let middle = f64::midpoint(at(sorted.len() / 2), at(sorted.len().saturating_sub(1) / 2));
    [middle, at(0), at(sorted.len().saturating_sub(1))]
}

fn short(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_ones() {
        assert_eq!(spread(&[4.0, 1.0, 2.0]).map(short), ["2.00", "1.00", "4.00"]);
        assert_eq!(spread(&[4.0, 1.0]).map(short), ["2.50", "1.00", "4.00"]);
        assert_eq!(short(12_345.6), "12346");
    }
}
