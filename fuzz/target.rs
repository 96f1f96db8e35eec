//! Every fuzz target: the law to hold an input against goes by the name of the binary.
#![no_main]

mod laws;

libfuzzer_sys::fuzz_target!(
    // A parser that panics is a fault of the text, and caught; only a broken law ends the run.
    init: drop(std::panic::take_hook()),
    |input: &[u8]| laws::check(env!("CARGO_BIN_NAME"), input)
);
