//! Faults of lists that hold hashes in place of addresses.

use super::*;

#[test]
fn hashes_of_one_kind_stand_in_place_of_addresses_of_e_mail_alone() {
    let pack = "\
pack: hashed
provenance: origin
tables:
  crm.people:
    subject: {key: id}
    permissions: [{channel: email, status: opted_out, hashed: sha256}]
  crm.blocked:
    subject: {key: id}
    permissions:
      - {address: hash, channel: email, status: opted_out, hashed: sha512}
      - {address: hash, channel: sms, status: opted_out, hashed: sha256}
      - {address: hash, channel: email, status: opted_out, hashed: sha256}
  crm.sends:
    subject: {key: id}
    activity: {address: hash, channel: email, purpose: newsletter, hashed: md5}
";
    check_faults(
        &with("packs/hashed.yaml", pack),
        expect![[r#"
        POL-002 packs/hashed.yaml:6:63 (tables.crm.people.permissions[0].hashed): `hashed` says nothing without `address`; add `address` with the column that holds the hash, or remove `hashed`
        POL-002 packs/hashed.yaml:10:68 (tables.crm.blocked.permissions[0].hashed): unknown hash `sha512`; did you mean `sha1`? allowed: md5, sha1, sha256
        POL-002 packs/hashed.yaml:11:66 (tables.crm.blocked.permissions[1].hashed): only hashes of e-mail addresses can be matched; write `channel: email`, in an entry of its own
        POL-002 packs/hashed.yaml:15:76 (tables.crm.sends.activity.hashed): the pack reads hashes of another kind elsewhere; keep the kind by which the list of refusals is written, and leave the others out
    "#]],
    );
}
