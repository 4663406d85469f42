//! Routes and labels that a seed makes up.

use warroom::domain::alert::Labels;

/// The labels of the trees that are made up, with few values, so that they meet.
pub(super) const VALUES: [(&str, &[&str]); 3] =
    [("a", &["1", "2", "3"]), ("b", &["1", "2"]), ("c", &["1", "22"])];
/// What a route of a tree may ask for.
const MATCHERS: [&str; 9] = [
    "a=\"1\"",
    "a=~\"1|2\"",
    "a!=\"3\"",
    "b=\"1\"",
    "b!~\"1.*\"",
    "c=~\"2+\"",
    "c=\"\"",
    "b=~\".+\"",
    "c=1",
];

/// Numbers from a seed: xorshift, which is enough for choosing.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % end as u64) as usize
    }

    /// Labels, each of which may be missing.
    pub(super) fn labels(&mut self, values: &[(&str, &[&str])]) -> Labels {
        let mut labels = Labels::default();
        for (name, known) in values {
            if let Some(value) = known.get(self.below(known.len() + 1)) {
                labels.insert((*name).into(), (*value).into());
            }
        }
        labels
    }

    /// A configuration with eight receivers.
    pub(super) fn tree(&mut self) -> String {
        let mut text =
            "global: { smtp_smarthost: 'mail:25', smtp_from: 'w@x.org' }\nreceivers:\n".to_owned();
        for number in 0..8 {
            text.push_str(&format!(
                "- name: r{number}\n  email_configs: [{{ to: r{number}@x.org }}]\n"
            ));
        }
        text.push_str("route:\n  receiver: r0\n");
        self.routes(&mut text, 1);
        text
    }

    fn routes(&mut self, text: &mut String, depth: usize) {
        let count = self.below(4);
        if depth > 3 || count == 0 {
            return;
        }
        let indent = "  ".repeat(depth);
        text.push_str(&format!("{indent}routes:\n"));
        for _ in 0..count {
            let matcher = MATCHERS[self.below(MATCHERS.len())];
            let (receiver, goes_on) = (self.below(8), self.below(3) == 0);
            text.push_str(&format!("{indent}- matchers: ['{matcher}']\n"));
            text.push_str(&format!(
                "{indent}  receiver: r{receiver}\n{indent}  continue: {goes_on}\n"
            ));
            self.routes(text, depth + 1);
        }
    }
}
