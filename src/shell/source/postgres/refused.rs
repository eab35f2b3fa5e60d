//! Which changes PostgreSQL refuses to the CRM because of a publication.
//!
//! A table whose updates are published needs a replica identity, in each partition that holds rows,
//! and what is published of it has to cover that identity. Otherwise the server refuses `UPDATE` and
//! `DELETE` of the table to whoever runs them.

/// The published table (`source`), what holds its rows and is refused (`member`), and why. `$1` is the
/// publication. What only later versions have is read by its name, so that earlier ones need not have
/// it; a row filter is looked at on the server alone, since it may quote values.
pub(super) const REFUSED: &str = "\
    WITH published AS (\
        SELECT c.oid, b.oid AS publication, to_jsonb(b) ->> 'pubgencols' AS generated \
        FROM pg_publication_tables p JOIN pg_publication b ON b.pubname = p.pubname \
        JOIN pg_namespace n ON n.nspname = p.schemaname \
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename \
        WHERE p.pubname = $1::text), \
    chosen AS (\
        SELECT p.oid, p.generated, \
            (SELECT array_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = p.oid \
                AND to_jsonb(r) ->> 'prattrs' ~ format('\\m%s\\M', a.attnum)) AS listed, \
            (SELECT array_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = p.oid \
                AND to_jsonb(r) ->> 'prqual' ~ format(':varattno %s\\M', a.attnum)) AS filtered \
        FROM published p \
        LEFT JOIN pg_publication_rel r ON r.prpubid = p.publication AND r.prrelid = p.oid), \
    members AS (\
        SELECT oid AS member, oid AS source FROM chosen \
        UNION SELECT t.relid, oid FROM chosen, pg_partition_tree(oid) t WHERE t.isleaf), \
    identified AS (\
        SELECT m.source, m.member, c.relreplident = 'f' AS is_full, s.generated, s.listed, s.filtered, \
            (SELECT array_agg(a.attname) FROM pg_index i \
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[]) \
                WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate \
                    AND (c.relreplident = 'd' AND i.indisprimary \
                        OR c.relreplident = 'i' AND i.indisreplident)) AS identity \
        FROM members m JOIN chosen s ON s.oid = m.source JOIN pg_class c ON c.oid = m.member \
        WHERE c.relkind = 'r' AND c.relpersistence = 'p'), \
    judged AS (\
        SELECT source, member, CASE \
            WHEN NOT is_full AND identity IS NULL THEN 'no replica identity' \
            WHEN is_full AND listed IS NOT NULL \
                THEN 'REPLICA IDENTITY FULL beside a list of columns' \
            WHEN NOT is_full AND NOT identity <@ listed \
                THEN 'a list of columns without some of the replica identity' \
            WHEN NOT is_full AND NOT filtered <@ identity \
                THEN 'a row filter over columns that are not of the replica identity' \
            WHEN is_full AND EXISTS (SELECT FROM pg_attribute a \
                    WHERE a.attrelid = member AND NOT a.attisdropped \
                        AND (a.attgenerated = 'v' \
                            OR a.attgenerated = 's' AND generated <> 's')) \
                THEN 'REPLICA IDENTITY FULL with generated columns that are not published' \
            END AS reason \
        FROM identified) \
    SELECT source, member, reason FROM judged WHERE reason IS NOT NULL";
