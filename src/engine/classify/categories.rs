//! What categories have in common, for verdicts.

use crate::model::{Category, Sensitivity};

/// Categories that say themselves that they are a person's.
pub(super) fn describes_person(category: Category) -> bool {
    use Category::*;
    matches!(
        category,
        FirstName
            | LastName
            | DateOfBirth
            | Gender
            | MaritalStatus
            | PassportNumber
            | DriversLicence
            | VehicleRegistration
    )
}

/// Categories by which a log says who did something.
pub(super) fn is_logged(category: Category) -> bool {
    use Category::*;
    matches!(
        category,
        IpAddress
            | Email
            | PhoneNumber
            | DeviceIdentifier
            | NationalIdentifier
            | CookieIdentifier
            | Username
    )
}

/// Whether the law protects such data more than other.
pub(super) fn is_special(category: Category) -> bool {
    category.sensitivity() != Sensitivity::Ordinary
}

/// Categories whose data are numbers.
pub(super) fn is_numbered(category: Category) -> bool {
    use Category::*;
    matches!(
        category,
        PhoneNumber
            | FaxNumber
            | Street
            | BankAccount
            | CreditCard
            | NationalIdentifier
            | PassportNumber
            | DriversLicence
            | VehicleRegistration
    )
}

/// Categories that CRMs keep as codes of a look-up list.
pub(super) fn is_coded(category: Category) -> bool {
    use Category::*;
    matches!(category, Gender | MaritalStatus | Country | State | Language | Name | JobTitle)
        || category.sensitivity() != crate::model::Sensitivity::Ordinary
}

/// Categories that a system keeps of those it serves, and of an owner or agent only where these are
/// whom it serves.
pub(super) fn of_whom_one_serves(category: Category) -> bool {
    use Category::*;
    matches!(
        category,
        Email
            | PhoneNumber
            | Address
            | Street
            | PostalCode
            | DateOfBirth
            | Gender
            | FirstName
            | LastName
            | NationalIdentifier
            | BankAccount
    )
}
