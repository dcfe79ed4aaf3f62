//! Values in text columns: by the word that names them, or as JSON.

use serde::de::DeserializeOwned;
use sqlx::{Database, Decode, Type, error::BoxDynError};
use std::{any::type_name, str::FromStr};

/// A value by the word that names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<T>(pub T);

/// A value as JSON.
#[derive(Debug)]
pub(crate) struct Json<T>(pub T);

macro_rules! text {
    ($name:ident<T: $bound:path>, $read:expr) => {
        impl<DB: Database, T> Type<DB> for $name<T>
        where
            str: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <str as Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <str as Type<DB>>::compatible(ty)
            }
        }

        impl<'r, DB: Database, T: $bound> Decode<'r, DB> for $name<T>
        where
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn(&str) -> Option<T> = $read;
                // The text itself may be about a person, and errors are logged.
                let unreadable = || format!("holds no {}", type_name::<T>());
                read(<&str as Decode<DB>>::decode(value)?).map(Self).ok_or_else(|| unreadable().into())
            }
        }
    };
}

text!(Word<T: FromStr>, |text| text.parse().ok());
text!(Json<T: DeserializeOwned>, |text| serde_json::from_str(text).ok());

/// What [`Json`] reads.
pub(crate) fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreError;
    use bevaka_domain::watch::Channel;
    use sqlx::SqlitePool;

    #[tokio::test]
    async fn what_cannot_be_read_is_named_by_its_column_and_not_shown() {
        let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
        let read = sqlx::query_as::<_, (Word<Channel>, Json<Vec<u8>>)>;
        assert!(read("SELECT 'sms', '[1]'").fetch_one(&pool).await.is_ok());
        for row in ["SELECT '556016-0680', '[1]'", "SELECT 'sms', '[556016-0680]'"] {
            let error = StoreError::from(read(row).fetch_one(&pool).await.unwrap_err());
            assert!(
                matches!(error, StoreError::Corrupt { .. }) && !error.to_string().contains("5560"),
                "{error}"
            );
        }
    }
}
