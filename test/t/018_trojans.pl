# Operators and functions that somebody put into the schema before the extension came: of every name and
# for every pair of types that pgnn's views and SQL functions could mean. None of them is used.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Pgnn;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('main');

$node->safe_psql('postgres', 'CREATE DATABASE hostile');
$node->safe_psql('hostile', <<'SQL');
CREATE SCHEMA trap;
CREATE TABLE trap.types AS SELECT unnest('{bool,"char",name,int2,int4,int8,float4,float8,numeric,text,varchar,jsonb,oid,regclass,regtype,
	timestamptz,interval,int4[],int8[],float4[],float8[],text[],anyelement,anynonarray,anyarray}'::regtype[]) AS type;
SET check_function_bodies = off;
DO $$
DECLARE
	operator text;
	one regtype;
	other regtype;
BEGIN
	FOR one, other IN SELECT a.type, b.type FROM trap.types a, trap.types b LOOP
		EXECUTE format('CREATE FUNCTION trap.compare(%s, %s) RETURNS bool LANGUAGE internal AS ''int4eq''', one, other);
		EXECUTE format('CREATE FUNCTION trap.calculate(%s, %s) RETURNS %s LANGUAGE internal AS ''int4pl''', one, other,
			CASE WHEN 'jsonb'::regtype IN (one, other) AND 'text'::regtype NOT IN (one, other) THEN 'jsonb'
				WHEN 'text'::regtype IN (one, other) OR one::text LIKE 'any%' OR other::text LIKE 'any%' THEN 'text'
				WHEN 'float8'::regtype IN (one, other) THEN 'float8' ELSE one::text END);
		FOREACH operator IN ARRAY '{=,<>,<,<=,>,>=,~~,!~~}'::text[] LOOP
			EXECUTE format('CREATE OPERATOR trap.%s (FUNCTION = trap.compare, LEFTARG = %s, RIGHTARG = %s)', operator, one, other);
		END LOOP;
		FOREACH operator IN ARRAY '{+,-,*,/,||,->>}'::text[] LOOP
			EXECUTE format('CREATE OPERATOR trap.%s (FUNCTION = trap.calculate, LEFTARG = %s, RIGHTARG = %s)', operator, one, other);
		END LOOP;
	END LOOP;
	-- every function of pg_catalog by its name, for the arguments that anything fits
	FOR operator IN SELECT DISTINCT proname FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' LOOP
		EXECUTE format('CREATE FUNCTION trap.%I(VARIADIC "any") RETURNS text LANGUAGE internal AS ''text_concat''', operator);
	END LOOP;
END $$;
SQL
is($node->safe_psql('hostile', 'SELECT count(*) > 5000 FROM pg_operator WHERE oprnamespace = \'trap\'::regnamespace'), 't', 'a trap for each operator');

my ($stdout, $stderr);
is($node->psql('hostile', 'CREATE EXTENSION pgnn SCHEMA trap', stderr => \$stderr), 0, 'the extension comes into that schema');
is($stderr, '', 'without a word');
is($node->safe_psql('hostile', <<'SQL'), '', 'and uses nothing that it has not brought');
WITH member AS (
	SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgnn')
), used AS ( -- by the rules of its views, too
	SELECT classid, objid, classid AS user_class, objid AS user_id FROM member
	UNION ALL
	SELECT 'pg_rewrite'::regclass, r.oid, 'pg_class'::regclass, ev_class FROM pg_rewrite r WHERE ('pg_class'::regclass, ev_class) IN (SELECT * FROM member)
)
SELECT DISTINCT pg_describe_object(user_class, user_id, 0) || ' uses ' || pg_describe_object(d.refclassid, d.refobjid, 0)
FROM used JOIN pg_depend d USING (classid, objid)
WHERE d.refclassid IN ('pg_operator'::regclass, 'pg_proc'::regclass) AND (d.refclassid, d.refobjid) NOT IN (SELECT * FROM member)
ORDER BY 1
SQL

$node->stop;
done_testing();
