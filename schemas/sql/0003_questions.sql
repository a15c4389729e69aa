-- 0003_questions.sql -- small functions that the server's questions use.

-- "2023-10-20T03:00:00+08:00", a fraction only when there is one.
CREATE FUNCTION sanfang.rfc3339(t timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT to_char(t AT TIME ZONE 'Asia/Shanghai',
                       'YYYY-MM-DD"T"HH24:MI:SS')
               || CASE WHEN extract(microseconds FROM t)::bigint % 1000000 = 0
                       THEN '' ELSE to_char(t, '.US') END
               || '+08:00'
$$;

-- The flood-season limit in force on the Beijing date of an instant, NULL
-- when none is; a season may go over New Year.
CREATE FUNCTION sanfang.limit_in_force(fsltdz jsonb, at timestamptz)
RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT (l ->> 'limit')::numeric
        FROM jsonb_array_elements(fsltdz) l,
             to_char(at AT TIME ZONE 'Asia/Shanghai', 'MM-DD') day
        WHERE CASE WHEN l ->> 'from' <= l ->> 'to'
                   THEN day BETWEEN l ->> 'from' AND l ->> 'to'
                   ELSE day >= l ->> 'from' OR day <= l ->> 'to' END
        LIMIT 1
$$;

-- A box around g that holds all within radius_m of it: lets the index
-- choose before the exact distance on the spheroid is computed.
CREATE FUNCTION sanfang.around(g public.geometry, radius_m double precision)
RETURNS public.geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT public.ST_Expand(g, radius_m / 110000 / cos(radians(least(
                greatest(abs(public.ST_YMin(g)), abs(public.ST_YMax(g)))
                + radius_m / 110000, 85))), radius_m / 110000)
$$;
