//! Reading a member of whatever shape: as its type if it is what it should be, as a value if it is not.
//!
//! What is read is offered to the type as it comes, so that nothing is kept twice; only lists are gathered first, since an element of
//! another shape makes the whole list odd.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize as _;
use serde::de::value::{Error, MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;

use super::Field;

pub(super) struct Any<T>(PhantomData<T>);

impl<T> Any<T> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

fn scalar<'de, T, S>(scalar: S) -> Field<T>
where
    T: DeserializeOwned,
    S: IntoDeserializer<'de, Error> + Into<Value> + Copy,
{
    T::deserialize(scalar.into_deserializer())
        .map_or_else(|_| Field::Odd(Box::new(scalar.into())), Field::Value)
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Any<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Field<T>, E> {
        Ok(Field::Null)
    }

    fn visit_none<E>(self) -> Result<Field<T>, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Field<T>, E> {
        Ok(scalar(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Field<T>, E> {
        Ok(scalar(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Field<T>, E> {
        Ok(scalar(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Field<T>, E> {
        Ok(scalar(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Field<T>, E> {
        Ok(scalar(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Field<T>, A::Error> {
        let list = Value::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(T::deserialize(&list).map_or_else(|_| Field::Odd(Box::new(list)), Field::Value))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field<T>, A::Error> {
        let mut is_begun = false;
        let watched = Watched {
            map: &mut map,
            is_begun: &mut is_begun,
        };
        match T::deserialize(MapAccessDeserializer::new(watched)) {
            Ok(value) => Ok(Field::Value(value)),
            Err(error) if is_begun => Err(error),
            // It takes no objects at all, and has left this one as it was.
            Err(_) => Value::deserialize(MapAccessDeserializer::new(map))
                .map(|value| Field::Odd(Box::new(value))),
        }
    }
}

/// An object, and whether anything was taken out of it.
struct Watched<'m, A> {
    map: &'m mut A,
    is_begun: &'m mut bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Watched<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        *self.is_begun = true;
        self.map.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.map.size_hint()
    }
}
