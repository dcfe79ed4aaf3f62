//! What other crates' tests get from the servers that `cargo xtask test` shares.

use bevaka_rig::{postgres_database, rabbitmq_vhost};

#[test]
fn each_test_gets_a_database_of_its_own_on_postgres() {
    let (one, two) = (postgres_database("shared"), postgres_database("shared"));
    assert_ne!(one, two);
    assert!(one.starts_with("postgres://"), "{one}");
}

#[test]
fn each_test_gets_a_virtual_host_of_its_own_on_rabbitmq() {
    let (one, two) = (rabbitmq_vhost("shared"), rabbitmq_vhost("shared"));
    assert_ne!(one, two);
    assert!(one.starts_with("amqp://"), "{one}");
}
