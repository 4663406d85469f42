//! The table of Alertmanager's own parser tests, what its mistakes are told as, and properties.

use proptest::prelude::*;

use super::*;
use crate::domain::alert::Labels;

fn one(text: &str) -> (String, Op, String) {
    let matchers = Matchers::parse(text).unwrap();
    let all: Vec<_> = matchers.iter().collect();
    assert_eq!(all.len(), 1, "{text}");
    (all[0].name().to_string(), all[0].op(), all[0].value().to_string())
}

/// The mistake as the reader sees it: the marked bytes, the message and the advice.
fn mistake(text: &str) -> String {
    let bad = Matchers::parse(text).unwrap_err();
    let marked = text.get(bad.span.clone()).unwrap();
    format!("[{marked}]@{} {bad}; {}", bad.span.start, bad.help.as_deref().unwrap_or_default())
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

#[test]
fn single_matchers_read_as_in_alertmanager() {
    for (text, op, value) in [
        (r#"{foo="bar"}"#, Op::Equal, "bar"),
        (r#"{foo=~"bar.*"}"#, Op::Match, "bar.*"),
        (r#"{foo!="bar"}"#, Op::NotEqual, "bar"),
        (r#"{foo!~"bar.*"}"#, Op::NotMatch, "bar.*"),
        (r#"{foo=""}"#, Op::Equal, ""),
        (r#"{foo="🙂"}"#, Op::Equal, "🙂"),
        (r#"{"foo"="\xf0\x9f\x99\x82"}"#, Op::Equal, "🙂"),
        (r#"{"foo"="\U0001f642"}"#, Op::Equal, "🙂"),
        ("{foo=🙂bar}", Op::Equal, "🙂bar"),
        ("{foo=bar}", Op::Equal, "bar"),
        ("{foo=bar,}", Op::Equal, "bar"),
        ("foo=bar,", Op::Equal, "bar"),
        ("foo=~[a-z]+", Op::Match, "[a-z]+"),
        ("{foo!~[a-z]+}", Op::NotMatch, "[a-z]+"),
        (r#""foo"="bar","#, Op::Equal, "bar"),
        (r#"{foo="bar\n"}"#, Op::Equal, "bar\n"),
        (r#"{foo="bar\t"}"#, Op::Equal, "bar\t"),
        (r#"{foo="\"bar\""}"#, Op::Equal, "\"bar\""),
        (r#"{foo="bar\\"}"#, Op::Equal, "bar\\"),
        (r#"foo="bar,quux""#, Op::Equal, "bar,quux"),
        (r#"  { foo != "\"" , }  "#, Op::NotEqual, "\""),
        (r"foo=:/a", Op::Equal, ":/a"),
        (
            r#"foo="She said: \"Hi, ladies! That's gender-neutral…\"""#,
            Op::Equal,
            "She said: \"Hi, ladies! That's gender-neutral…\"",
        ),
    ] {
        assert_eq!(one(text), ("foo".to_owned(), op, value.to_owned()), "{text}");
    }
    assert_eq!(one("\"föö bar\"=x").0, "föö bar");
    assert_eq!(one("severity=critical").2, "critical");
}

#[test]
fn several_matchers_read_as_in_alertmanager() {
    for (text, canonical) in [
        (r#"{foo="bar", baz!="quux"}"#, r#"foo="bar", baz!="quux""#),
        (r#"{foo="bar",baz!~".*quux", derp="wat"}"#, r#"foo="bar", baz!~".*quux", derp="wat""#),
        (r#"foo = "bar", dings != "bums", "#, r#"foo="bar", dings!="bums""#),
        ("foo=bar,dings!=bums", r#"foo="bar", dings!="bums""#),
        (r#""a b"=c,d=~"\\d""#, r#""a b"="c", d=~"\\d""#),
        ("a-b.c=1", r#"a-b.c="1""#),
    ] {
        assert_eq!(Matchers::parse(text).unwrap().to_string(), canonical, "{text}");
    }
    assert!(Matchers::parse_or_empty("").unwrap().is_empty());
    assert!(Matchers::parse_or_empty(" {} ").unwrap().is_empty());
}

#[test]
fn mistakes_are_marked_where_they_are() {
    let all = [
        "",
        "{}",
        ",",
        "{,}",
        "{",
        "}",
        "foo=bar}",
        "{foo=bar",
        "{foo=bar} x",
        "foo",
        "foo \"bar\"",
        "foo<>bar",
        "foo==\"bar\"",
        "foo ~= bar",
        "foo=!bar",
        "tricky=~~~",
        "job=",
        "job=,a=b",
        "{job=}",
        r#"job="value"#,
        r#"job=value""#,
        r#"a="b" c="d""#,
        "a=b c=d",
        "a='b'",
        r"a=b\n",
        r#"a="b\w""#,
        r#"a="\xf0\x9f""#,
        r#"a="\x4""#,
        r#"a="\"#,
        "a=\"b\nc=\"d\"",
        r#"""="x""#,
        r#""{foo=\"bar\"}""#,
    ]
    .map(|text| format!("{} => {}", text.escape_debug(), mistake(text)));
    insta::assert_snapshot!(all.join("\n"), @r##"
     => []@0 there is no matcher here, which would match everything; write at least one, such as severity="critical"
    {} => [{}]@0 there is no matcher here, which would match everything; write at least one, such as severity="critical"
    , => [,]@0 a label name is missing here; 
    {,} => [,]@1 a label name is missing here; 
    { => [{]@0 this brace is never closed; add `}` at the end
    } => [}]@0 this brace was never opened; leave it out, or begin with `{`
    foo=bar} => [}]@7 this brace was never opened; leave it out, or begin with `{`
    {foo=bar => [{]@0 this brace is never closed; add `}` at the end
    {foo=bar} x => [x]@10 there is text after the end; 
    foo => []@3 an operator is missing after `foo`; write one of =, !=, =~ and !~
    foo \"bar\" => ["]@4 an operator is missing after `foo`; write one of =, !=, =~ and !~
    foo<>bar => []@8 an operator is missing after `foo<>bar`; write one of =, !=, =~ and !~
    foo==\"bar\" => [==]@3 `==` is not an operator; did you mean `=`?
    foo ~= bar => [~=]@4 `~=` is not an operator; did you mean `=~`?
    foo=!bar => [=!]@3 `=!` is not an operator; did you mean `!=`?
    tricky=~~~ => [=~~~]@6 `=~~~` is not an operator; did you mean `=~`?
    job= => []@4 a value is missing here; the empty value is written ""
    job=,a=b => [,]@4 a value is missing here; the empty value is written ""
    {job=} => [}]@5 a value is missing here; the empty value is written ""
    job=\"value => ["value]@4 this string is never closed; add a double quote at its end
    job=value\" => ["]@9 a comma is missing before this; matchers are separated by commas, and a value with spaces is quoted
    a=\"b\" c=\"d\" => [c]@6 a comma is missing before this; matchers are separated by commas, and a value with spaces is quoted
    a=b c=d => [c]@4 a comma is missing before this; matchers are separated by commas, and a value with spaces is quoted
    a=\'b\' => [']@2 a value cannot begin with `'`; strings are written in double quotes
    a=b\\n => [\]@3 a comma is missing before this; matchers are separated by commas, and a value with spaces is quoted
    a=\"b\\w\" => [\w]@4 `\w` is not an escape; a backslash itself is written twice: `\\w`
    a=\"\\xf0\\x9f\" => ["\xf0\x9f"]@2 the bytes of this string are not UTF-8; 
    a=\"\\x4\" => [\x]@3 `\x` is not an escape; a character by number is `\xNN`, `\uNNNN` or `\UNNNNNNNN`
    a=\"\\ => ["\]@2 this string is never closed; add a double quote at its end
    a=\"b\nc=\"d\" => ["b]@2 this string is never closed; add a double quote at its end
    \"\"=\"x\" => [""]@0 a label name must not be empty; 
    \"{foo=\\\"bar\\\"}\" => []@15 an operator is missing after `{foo="bar"}`; write one of =, !=, =~ and !~
    "##);
}

#[test]
fn a_broken_regex_is_marked_inside_its_value() {
    let all = [
        "foo=~invalid[regexp",
        r#"a="b", foo=~"x(y""#,
        r#"foo=~"é\"(""#,
        r#"foo=~"a**|b{2,1}""#,
        r#"foo=~"\\y""#,
        r#"foo=~"(?=x)""#,
        r#"foo=~"a)|(b""#,
        r#"foo=~"[\n]\\p{Nope}""#,
        r#"foo=~"(\\w{1000}){1000}""#,
        r#"foo=~"(?x)a # b""#,
    ]
    .map(|text| format!("{text} => {}", mistake(text)));
    insta::assert_snapshot!(all.join("\n"), @r##"
    foo=~invalid[regexp => [[]@12 this regex does not compile: unclosed character class; 
    a="b", foo=~"x(y" => [(]@14 this regex does not compile: unclosed group; 
    foo=~"é\"(" => [(]@10 this regex does not compile: unclosed group; 
    foo=~"a**|b{2,1}" => [{2,1}]@11 this regex does not compile: invalid repetition count range, the start must be <= the end; 
    foo=~"\\y" => [\\y]@6 this regex does not compile: unrecognized escape sequence; 
    foo=~"(?=x)" => [(?=]@6 this regex does not compile: look-around, including look-ahead and look-behind, is not supported; 
    foo=~"a)|(b" => [)]@7 this regex does not compile: unopened group; 
    foo=~"[\n]\\p{Nope}" => [\\p{Nope}]@10 this regex does not compile: Unicode property not found; 
    foo=~"(\\w{1000}){1000}" => [(\\w{1000}){1000}]@6 this regex is too large once compiled; repeat fewer times, or name a smaller class than \w, such as [a-z0-9]
    foo=~"(?x)a # b" => [(?x)a # b]@6 this regex cannot stand between anchors; leave out comments and the flag x
    "##);
}

#[test]
fn limits_are_refused_with_a_reason() {
    let many = vec!["a=b"; MAX_MATCHERS].join(",");
    assert!(Matchers::parse(&many).is_ok());
    assert_eq!(
        Matchers::parse(&format!("{many},c=d")).unwrap_err().span,
        many.len() + 1..many.len() + 4
    );
    let long = format!("a=\"{}\"", "é".repeat(MAX_TEXT / 2));
    assert!(Matchers::parse(&long).unwrap_err().message.contains("16384 bytes"));
    assert!(Matchers::parse(&format!("a=~\"{}\"", "(".repeat(8000))).is_err());
    let nested = format!("a=~\"{}{}\"", "(".repeat(4000), ")".repeat(4000));
    assert!(Matchers::parse(&nested).is_err());
}

#[test]
fn a_regex_must_match_the_whole_value() {
    let matchers = Matchers::parse(r#"a=~"b|cd|e.*f""#).unwrap();
    for (value, expected) in [
        ("b", true),
        ("cd", true),
        ("c", false),
        ("bd", false),
        ("exxf", true),
        ("xb", false),
        ("b\n", false),
    ] {
        assert_eq!(matchers.matches(&labels(&[("a", value)])), expected, "{value:?}");
    }
}

#[test]
fn a_missing_label_is_an_empty_one() {
    for (text, expected) in [
        (r#"a="""#, true),
        (r#"a!="""#, false),
        (r#"a=~".*""#, true),
        (r#"a=~".+""#, false),
        (r#"a!="b""#, true),
        (r#"a!~"b|""#, false),
        (r#"a=~"b|""#, true),
    ] {
        let matchers = Matchers::parse(text).unwrap();
        assert_eq!(matchers.matches(&Labels::new()), expected, "{text}");
        assert_eq!(matchers.match_nothing_named(), expected, "{text}");
    }
}

#[test]
fn lists_of_words_are_known_to_indexes() {
    let only = |text: &str| {
        let matchers = Matchers::parse(text).unwrap();
        matchers.iter().next().unwrap().only_values().map(|words| words.join(" "))
    };
    assert_eq!(only("a=b").as_deref(), Some("b"));
    assert_eq!(only("a=~\"us-west|eu|eu|\"").as_deref(), Some(" eu us-west"));
    assert_eq!(only("a=~\"b.c\""), None);
    assert_eq!(only("a!=b"), None);
}

#[test]
fn stored_matchers_read_back() {
    for matchers in [Matchers::default(), Matchers::parse(r#"a="b", "c d"!~"e\"|\\.f""#).unwrap()] {
        let stored = serde_json::to_string(&matchers).unwrap();
        assert_eq!(serde_json::from_str::<Matchers>(&stored).unwrap(), matchers);
    }
    let error = serde_json::from_str::<Matchers>("\"a==b\"").unwrap_err().to_string();
    assert_eq!(error, "`==` is not an operator at byte 1 (did you mean `=`?)");
    assert!(serde_json::from_str::<Matchers>("\"\"").is_err());
}

fn matcher() -> impl Strategy<Value = Matcher> {
    let words = proptest::sample::select(vec![".*", "a|b", "", "b+", "\\.x", "é"]);
    ("\\PC{1,8}", 0..4usize, "(?s:.){0,8}", words).prop_map(|(name, op, value, regex)| {
        let op = Op::ALL[op];
        let value = if op.is_regex() { regex.to_owned() } else { value };
        Matcher::new(name, op, value).unwrap()
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(all in prop::collection::vec(matcher(), 0..6)) {
        let matchers = Matchers::new(all).unwrap();
        prop_assert_eq!(Matchers::parse_or_empty(&matchers.to_string()), Ok(matchers));
    }

    #[test]
    fn any_text_is_read_or_refused_inside_it(text in "[a-c\"\\\\=!~{},é\n x(]{0,24}") {
        match Matchers::parse_or_empty(&text) {
            Ok(matchers) => prop_assert_eq!(Matchers::parse_or_empty(&matchers.to_string()), Ok(matchers)),
            Err(bad) => prop_assert!(text.get(bad.span.clone()).is_some(), "{:?}", bad),
        }
    }

    #[test]
    fn words_and_regex_agree(words in prop::collection::vec("[ab]{0,2}", 1..4), value in "[ab]{0,3}") {
        let text = words.join("|");
        let quick = Matcher::new("a", Op::Match, text.as_str()).unwrap();
        let slow = Matcher::new("a", Op::Match, format!("({text})")).unwrap();
        prop_assert_eq!(quick.matches_value(&value), slow.matches_value(&value));
        prop_assert_eq!(quick.matches_value(&value), words.contains(&value));
    }
}
