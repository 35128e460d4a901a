-- Migrating again, as every upgrade does, came upon the read models, which the service made and owns itself: rights
-- are given only on what the migrating role owns.
CREATE OR REPLACE FUNCTION grant_log_access(p_role text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_table text;
    v_log CONSTANT text[] := ARRAY['installation', 'event', 'log_head', 'source_head', 'stream_head', 'command',
                                   'claim', 'side_table', 'epoch_change', 'schema_migration'];
BEGIN
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I', p_role);
    -- Everything that a service's own migrations made is its own to write; of the log's tables only the working ones.
    FOR v_table IN
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
           AND pg_get_userbyid(c.relowner) = current_user
    LOOP
        EXECUTE format('GRANT SELECT ON %I TO %I', v_table, p_role);
        IF v_table <> ALL (v_log) AND NOT (SELECT relispartition FROM pg_class WHERE oid = to_regclass(quote_ident(v_table))) THEN
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO %I', v_table, p_role);
        END IF;
    END LOOP;
    FOR v_table IN
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
           AND pg_get_userbyid(c.relowner) = current_user
    LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %I TO %I', v_table, p_role);
    END LOOP;
    EXECUTE format('GRANT DELETE ON command TO %I', p_role);  -- its trigger keeps the last 90 days
    EXECUTE format('GRANT EXECUTE ON FUNCTION append_batch, take_in, bump_watermark, begin_epoch, found_installation TO %I', p_role);
END $$;
