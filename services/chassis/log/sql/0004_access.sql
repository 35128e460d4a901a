-- What the login role of a service may do. The role that migrates owns everything; the service appends through
-- functions that run as the owner and can itself neither insert into, nor change, nor delete from its history.
CREATE FUNCTION grant_log_access(p_role text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_table text;
BEGIN
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I', p_role);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA public TO %I', p_role);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', p_role);
    -- Everything that a service's own migrations made is its own to write; of the log's tables only the working ones.
    FOR v_table IN
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
           AND pg_get_userbyid(c.relowner) = current_user
           AND c.relname NOT IN ('installation', 'event', 'log_head', 'source_head', 'stream_head', 'command', 'claim',
                                 'side_table', 'epoch_change', 'schema_migration')
    LOOP
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO %I', v_table, p_role);
    END LOOP;
    EXECUTE format('GRANT DELETE ON command TO %I', p_role);  -- its trigger keeps the last 90 days
    EXECUTE format('GRANT EXECUTE ON FUNCTION append_batch, take_in, bump_watermark, begin_epoch, found_installation TO %I', p_role);
END $$;

REVOKE EXECUTE ON FUNCTION append_batch, take_in, bump_watermark, begin_epoch, found_installation,
    write_side_rows, make_partitions, readopt_heads, grant_log_access FROM PUBLIC;
