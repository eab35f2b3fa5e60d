-- Tables of a Twenty workspace as far as the pack maps them. Names and types only, from the sources
-- that docs/crm/twenty.md names.
CREATE SCHEMA workspace;

CREATE TABLE workspace."workspaceMember" (
    id uuid PRIMARY KEY,
    "nameFirstName" text,
    "nameLastName" text,
    "colorScheme" text,
    locale text,
    "timeZone" text,
    "dateFormat" text,
    "avatarUrl" text,
    "userEmail" text,
    "userId" uuid,
    "createdAt" timestamptz,
    "updatedAt" timestamptz,
    "deletedAt" timestamptz
);

CREATE TABLE workspace.company (
    id uuid PRIMARY KEY,
    name text,
    "domainNamePrimaryLinkUrl" text,
    employees double precision,
    "annualRecurringRevenueAmountMicros" numeric,
    "addressAddressStreet1" text,
    "addressAddressCity" text,
    "idealCustomerProfile" boolean,
    "position" double precision,
    "createdByName" text,
    "accountOwnerId" uuid,
    "addressAddressStreet2" text,
    "addressAddressState" text,
    "addressAddressPostcode" text,
    "addressAddressCountry" text,
    "linkedinLinkPrimaryLinkUrl" text,
    "xLinkPrimaryLinkUrl" text,
    "searchVector" tsvector,
    "createdBySource" text,
    "createdByWorkspaceMemberId" uuid,
    "createdByContext" jsonb,
    "updatedBySource" text,
    "updatedByWorkspaceMemberId" uuid,
    "updatedByName" text,
    "updatedByContext" jsonb,
    "createdAt" timestamptz,
    "updatedAt" timestamptz,
    "deletedAt" timestamptz
);

CREATE TABLE workspace.person (
    id uuid PRIMARY KEY,
    "nameFirstName" text,
    "nameLastName" text,
    "emailsPrimaryEmail" text,
    "emailsAdditionalEmails" jsonb,
    "linkedinLinkPrimaryLinkLabel" text,
    "linkedinLinkPrimaryLinkUrl" text,
    "xLinkPrimaryLinkUrl" text,
    "jobTitle" text,
    "phonesPrimaryPhoneNumber" text,
    "phonesPrimaryPhoneCallingCode" text,
    "phonesAdditionalPhones" jsonb,
    city text,
    "avatarUrl" text,
    "position" double precision,
    "createdBySource" text,
    "createdByWorkspaceMemberId" uuid,
    "createdByName" text,
    "createdAt" timestamptz,
    "updatedAt" timestamptz,
    "deletedAt" timestamptz,
    "searchVector" tsvector,
    "companyId" uuid REFERENCES workspace.company,
    "phonesPrimaryPhoneCountryCode" text,
    "createdByContext" jsonb,
    "updatedBySource" text,
    "updatedByWorkspaceMemberId" uuid,
    "updatedByName" text,
    "updatedByContext" jsonb
);

CREATE TABLE workspace."messageParticipant" (
    id uuid PRIMARY KEY,
    role text,
    handle text,
    "displayName" text,
    "messageId" uuid,
    "personId" uuid REFERENCES workspace.person,
    "workspaceMemberId" uuid,
    "createdAt" timestamptz,
    "updatedAt" timestamptz,
    "deletedAt" timestamptz
);

CREATE TABLE workspace."timelineActivity" (
    id uuid PRIMARY KEY,
    "happensAt" timestamptz,
    name text,
    properties jsonb,
    "linkedRecordCachedName" text,
    "linkedRecordId" uuid,
    "linkedObjectMetadataId" uuid,
    "workspaceMemberId" uuid,
    "targetPersonId" uuid REFERENCES workspace.person,
    "targetCompanyId" uuid,
    "targetOpportunityId" uuid,
    "createdAt" timestamptz,
    "updatedAt" timestamptz,
    "deletedAt" timestamptz
);

CREATE TABLE workspace.blocklist (
    id uuid PRIMARY KEY,
    handle text,
    "workspaceMemberId" uuid REFERENCES workspace."workspaceMember",
    "createdAt" timestamptz,
    "updatedAt" timestamptz,
    "deletedAt" timestamptz
);
