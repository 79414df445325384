//! What is printed of handlers as users write them. Each is compiled for devices, and by the C++ compiler of this machine.

use super::examples::{EXAMPLES, example};
use super::target::{host, print};

#[test]
fn handlers_of_users_are_readable_text() {
    for (name, _) in EXAMPLES {
        let program = print(&example(name));
        insta::assert_snapshot!(name, program.text);
        host(&program);
    }
}
