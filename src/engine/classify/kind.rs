//! What a column's type allows it to hold. The gate that keeps flags, row timestamps and amounts
//! from being called personal.

use super::categories::is_coded;
use crate::model::Category;

/// A family of PostgreSQL types, by the object identifiers of `pg_type` that never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Character types, and every type that is not built in (enumerations, `citext`, …).
    Text,
    /// `smallint`, `integer`, `bigint`.
    Integer,
    /// `numeric`, `real`, `double precision`, `money`.
    Amount,
    /// `boolean`, `bit`.
    Flag,
    /// `date`.
    Date,
    /// Times and timestamps.
    Time,
    /// `uuid`.
    Uuid,
    /// `inet`, `cidr`.
    Network,
    /// `macaddr`.
    Hardware,
    /// `json`, `jsonb`, `xml`.
    Structured,
    /// `bytea`.
    Binary,
    /// Geometric types.
    Place,
    /// Search indexes and internal types.
    Internal,
}

impl Kind {
    /// From the object identifier of the type.
    pub(super) fn of(type_oid: u32) -> Kind {
        match type_oid {
            20 | 21 | 23 => Kind::Integer,
            700 | 701 | 790 | 1700 => Kind::Amount,
            16 | 1560 | 1562 => Kind::Flag,
            1082 => Kind::Date,
            1083 | 1114 | 1184 | 1186 | 1266 => Kind::Time,
            2950 => Kind::Uuid,
            869 | 650 => Kind::Network,
            829 | 774 => Kind::Hardware,
            114 | 3802 | 142 => Kind::Structured,
            17 => Kind::Binary,
            600..=604 | 628 | 718 => Kind::Place,
            24 | 26..=30 | 2202..=2206 | 3220 | 3614 | 3615 | 3904..=3927 | 4451..=4536 => {
                Kind::Internal
            }
            _ => Kind::Text,
        }
    }

    /// Whether values of this kind are looked at one by one.
    pub(super) fn has_telling_values(self) -> bool {
        matches!(self, Kind::Text | Kind::Integer | Kind::Date)
    }

    /// Whether a column of this kind can hold the category.
    pub(super) fn allows(self, category: Category) -> bool {
        use Category::*;
        match self {
            Kind::Text | Kind::Structured => true,
            Kind::Integer => !matches!(
                category,
                FirstName
                    | LastName
                    | Contact
                    | Email
                    | Url
                    | Organization
                    | Address
                    | Username
                    | Password
                    | Credentials
                    | JobTitle
                    | PrivateContent
                    | SelfImage
                    | IpAddress
                    | Profile
            ),
            // Years of birth, and numbers of systems that know one type for all numbers.
            Kind::Amount => {
                matches!(
                    category,
                    Financial
                        | PreciseLocation
                        | AgeRange
                        | Childrens
                        | Profile
                        | NationalIdentifier
                        | DateOfBirth
                        | PhoneNumber
                        | FaxNumber
                        | PostalCode
                        | Street
                        | BankAccount
                        | CreditCard
                        | UniqueIdentifier
                        | Gender
                        | MaritalStatus
                        | Country
                ) || category.sensitivity() != crate::model::Sensitivity::Ordinary
            }
            Kind::Flag => {
                matches!(category, Childrens | MaritalStatus | Financial | Gender | DriversLicence)
                    || category.sensitivity() != crate::model::Sensitivity::Ordinary
            }
            // The day somebody fell ill or married says that somebody did.
            Kind::Date | Kind::Time => {
                matches!(category, DateOfBirth | MaritalStatus)
                    || category.sensitivity() != crate::model::Sensitivity::Ordinary
            }
            // A reference to a list of genders or countries says the same as the text.
            Kind::Uuid => {
                is_coded(category)
                    || matches!(category, UniqueIdentifier | DeviceIdentifier | CookieIdentifier)
            }
            Kind::Network => category == IpAddress,
            Kind::Hardware => category == DeviceIdentifier,
            // Encrypted or packed, it is personal all the same.
            Kind::Binary => true,
            Kind::Place => category == PreciseLocation,
            Kind::Internal => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_or_a_timestamp_is_no_address() {
        assert!(!Kind::of(16).allows(Category::Email));
        assert!(!Kind::of(1184).allows(Category::Address));
        assert!(Kind::of(1082).allows(Category::DateOfBirth));
    }

    #[test]
    fn an_unknown_type_is_read_as_text() {
        assert_eq!(Kind::of(0), Kind::Text);
        assert_eq!(Kind::of(98_765), Kind::Text);
    }
}
