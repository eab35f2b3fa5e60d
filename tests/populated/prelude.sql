-- What the databases beside this file are filled with: the same numbers in every run.
CREATE SCHEMA gen;
-- A number below n, by the row's number and a word.
CREATE FUNCTION gen.r(i bigint, salt text, n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT ('x' || substr(md5(i || salt), 1, 13))::bit(52)::bigint % n $$;
-- One of a list separated by bars.
CREATE FUNCTION gen.one(i bigint, salt text, list text) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT a[1 + gen.r(i, salt, cardinality(a))] FROM string_to_array(list, '|') a $$;
-- A text in which each # is another digit.
CREATE FUNCTION gen.like(i bigint, salt text, form text) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT string_agg(CASE c WHEN '#' THEN gen.r(i, salt || n, 10)::text ELSE c END, '' ORDER BY n)
   FROM regexp_split_to_table(form, '') WITH ORDINALITY t(c, n) $$;
CREATE FUNCTION gen.born(i bigint) RETURNS date IMMUTABLE LANGUAGE sql AS
$$ SELECT date '1938-01-01' + gen.r(i, 'born', 25000)::int $$;
CREATE FUNCTION gen.day(i bigint, salt text) RETURNS date IMMUTABLE LANGUAGE sql AS
$$ SELECT date '2019-01-01' + gen.r(i, salt, 2400)::int $$;
-- The weighted sum of digits.
CREATE FUNCTION gen.sum(digits text, weights int[]) RETURNS bigint IMMUTABLE LANGUAGE sql AS
$$ SELECT sum(substr(digits, n::int, 1)::int * w) FROM unnest(weights) WITH ORDINALITY t(w, n) $$;
CREATE FUNCTION gen.pesel(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT d || (10 - gen.sum(d, '{1,3,7,9,1,3,7,9,1,3}') % 10) % 10 FROM
   (SELECT to_char(gen.born(i), 'YYMMDD') || gen.like(i, 'p', '####') d) t $$;
CREATE FUNCTION gen.rc(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT substr(d, 1, 6) || '/' || substr(d, 7) || d::bigint % 11 % 10 FROM (SELECT
   to_char(b, 'YY') || lpad((extract(month FROM b)::int + 50 * (i % 2))::text, 2, '0')
   || to_char(b, 'DD') || gen.like(i, 'r', '###') d
   FROM (SELECT date '1956-01-01' + gen.r(i, 'b', 16000)::int b) t) t $$;
CREATE FUNCTION gen.taj(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT d || gen.sum(d, '{3,7,3,7,3,7,3,7}') % 10 FROM gen.like(i, 't', '0#######') d $$;
CREATE FUNCTION gen.nif(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT d || CASE WHEN s < 2 THEN 0 ELSE 11 - s END FROM
   (SELECT d, gen.sum(d, '{9,8,7,6,5,4,3,2}') % 11 s FROM gen.like(i, 'n', '2#######') d) t $$;
CREATE FUNCTION gen.dni(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT d || substr('TRWAGMYFPDXBNJZSQVHLCKE', 1 + d::int % 23, 1) FROM gen.like(i, 'd', '4#######') d $$;
CREATE FUNCTION gen.hetu(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT d || '-' || z || substr('0123456789ABCDEFHJKLMNPRSTUVWXY', 1 + ((d || z)::bigint % 31)::int, 1)
   FROM (SELECT to_char(gen.born(i), 'DDMMYY') d, gen.like(i, 'h', '2##') z) t $$;
CREATE FUNCTION gen.cpr(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT to_char(gen.born(i), 'DDMMYY') || '-' || gen.like(i, 'c', '####') $$;
CREATE FUNCTION gen.amka(i bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT d || (10 - (SELECT sum(CASE WHEN n % 2 = 0 AND 2 * c::int > 9 THEN 2 * c::int - 9
   WHEN n % 2 = 0 THEN 2 * c::int ELSE c::int END) FROM regexp_split_to_table(d, '')
   WITH ORDINALITY t(c, n)) % 10) % 10 FROM
   (SELECT to_char(gen.born(i), 'DDMMYY') || gen.like(i, 'a', '####') d) t $$;
-- An IBAN whose account is the digits; the country as letters and as the numbers they stand for.
CREATE FUNCTION gen.iban(country text, numbers text, account text) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT country || lpad((98 - (account || numbers || '00')::numeric % 97)::text, 2, '0') || account $$;
-- A text without accents, for addresses.
CREATE FUNCTION gen.plain(t text) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT translate(lower(t), 'áàâãäåąčćçďéèêëęěíîïłñňńóòôõöőøřŕśšşťúůûüűýžźżæ ', 'aaaaaaaccccdeeeeeeiiilnnnooooooorrsssstuuuuuyzzzae') $$;
CREATE FUNCTION gen.prose(i bigint, list text) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT gen.one(i, 'x', list) || ' ' || gen.one(i, 'y', list) || ' (' || gen.r(i, 'z', 9000) || ')' $$;
