use crate::world::*;
use bevaka_store::{Db, bus_of_database};

crate::on_both_engines! {
    the_first_service_records_the_bus_and_the_owner_takes_it_back
}

async fn the_first_service_records_the_bus_and_the_owner_takes_it_back(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    assert_eq!(bus_of_database::find(&mut tx).await.unwrap(), None);
    let first = bus_of_database::record(&mut tx, "table", "bevaka-watches", NOW).await.unwrap();
    assert_eq!(
        (first.bus.as_str(), first.recorded_by.as_str(), first.recorded_at),
        ("table", "bevaka-watches", NOW)
    );
    let second = bus_of_database::record(&mut tx, "amqp a/b", "bevaka-dispatcher", NOW).await.unwrap();
    assert_eq!(second, first);
    bus_of_database::forget(&mut tx).await.unwrap();
    let third = bus_of_database::record(&mut tx, "amqp a/b", "bevaka-dispatcher", NOW).await.unwrap();
    assert_eq!(third.bus, "amqp a/b");
}
