//! Every fuzz target: the law to hold an input against goes by the name of the binary.
#![no_main]

mod laws;

libfuzzer_sys::fuzz_target!(
    init: keep_foreign_panics(),
    |input: &[u8]| laws::check(env!("CARGO_BIN_NAME"), input)
);

/// A panic in a parser of somebody else is caught, and a fault of the text; one in our own code is a finding.
fn keep_foreign_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.location().is_some_and(|location| location.file().contains("/registry/src/")) {
            report(info);
        }
    }));
}
