//! Names of plain enums: one word in storage, in the APIs, in metrics and in settings. strum derives it from the variant,
//! as serde does.

use strum::VariantArray;

macro_rules! word {
    ($name:ty) => {
        impl $name {
            /// Every value, in the order of their declaration.
            pub const ALL: [Self; <Self as VariantArray>::VARIANTS.len()] = all();

            /// The word for it.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }
    };
}

macro_rules! words {
    ($($name:ty),+ $(,)?) => {
        $(word!($name);)+

        #[test]
        fn serde_writes_the_same_words_and_they_are_read_again() {
            $(for value in <$name>::ALL {
                let word = value.as_str();
                assert_eq!(serde_json::to_value(value).unwrap(), word);
                assert_eq!(word.parse(), Ok(value));
            })+
        }

        #[cfg(feature = "schema")]
        #[test]
        fn the_apis_describe_the_same_words() {
            $({
                let schema = serde_json::to_value(<$name as utoipa::PartialSchema>::schema()).unwrap();
                assert_eq!(schema["enum"], serde_json::json!(<$name as VariantArray>::VARIANTS));
            })+
        }
    };
}

words! {
    crate::agreement::HeldThrough,
    crate::channel::Standing,
    crate::clock::Weekday,
    crate::dead_letter::StateName,
    crate::delivery::OutcomeName,
    crate::delivery::StateName,
    crate::delivery::operated::RetryableState,
    crate::delivery::operated::Unchanged,
    crate::entitlement::Reason,
    crate::injection::StateName,
    crate::language::Language,
    crate::operator::Act,
    crate::operator::Role,
    crate::organisation::CompanyForm,
    crate::signing::Mandate,
    crate::signing::Method,
    crate::signing::OrderKind,
    crate::signing::OrderStateName,
    crate::signing::Overtaken,
    crate::signing::Refusal,
    crate::trail::Action,
    crate::trail::Writer,
    crate::trail::chain::Fault,
    crate::user::Access,
    crate::user::Permission,
    crate::user::UserState,
    crate::watch::Because,
    crate::watch::Channel,
    crate::watch::Interval,
}

word!(crate::notice::Topic);

const fn all<T: VariantArray + Copy, const N: usize>() -> [T; N] {
    match T::VARIANTS.first_chunk() {
        Some(all) => *all,
        None => unreachable!(),
    }
}

/// The error of whoever reads a word that is none of them.
pub(crate) fn unknown<E: Default>(_: &str) -> E {
    E::default()
}
