//! Every fuzz target: the law to hold an input against goes by the name of the binary.
#![no_main]

mod laws;

libfuzzer_sys::fuzz_target!(|input: &[u8]| laws::check(env!("CARGO_BIN_NAME"), input));
