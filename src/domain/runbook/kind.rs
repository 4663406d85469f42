//! What a kind of action takes: how runbooks are checked against actions that the domain never sees.

/// One kind of action, `exec` or `http`: the key that a step names it with, and what stands there.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The key in a step.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub help: &'static str,
    /// The one value, where the key's value is no table: `exec = ["systemctl", …]`. It is handed over
    /// under the name of this field.
    pub plain: Option<&'static str>,
    /// What it takes.
    pub fields: &'static [Field],
    /// What later steps may use of it, by name.
    pub outputs: &'static [&'static str],
    /// It can say what it would do, without doing it.
    pub has_dry_run: bool,
    /// Doing it twice is as good as doing it once, whatever its arguments: it may be repeated when
    /// nobody knows whether it was done.
    pub is_repeatable: bool,
}

/// One thing that an action takes.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub help: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether parameters may stand in it. What chooses what is done is fixed by the runbook's author.
    pub has_places: bool,
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Yes or no.
    Flag,
    /// A whole number between two limits.
    Number(i64, i64),
    /// A text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// The words of a command: the first is the program, and no parameter may choose it.
    Argv,
    /// Texts in their order.
    List,
    /// Texts by name.
    Map,
}
