-- Taking in events that already have their place in a source: foreign ones, and own ones that a restore lost.

-- Insert one contiguous run of a source's events. Every chain link is computed again under the lock, and positions
-- already held are compared, so a redelivered message must be equal. Nothing is inserted unless all of it fits.
-- o_status: 0 done, 1 gap (o_position is the one that is missing), 2 chain broken at o_position, 3 stale epoch.
CREATE FUNCTION take_in(
    p_source text, p_epoch int, p_first bigint, p_payload bytea[], p_chain bytea[],
    p_stream text[], p_version int[], p_type text[], p_schema int[], p_time timestamptz[],
    OUT o_status int, OUT o_position bigint, OUT o_inserted int, OUT o_head bigint
) LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_head log_head%ROWTYPE;
    v_source source_head%ROWTYPE;
    v_own boolean;
    v_chain bytea;
    v_skip int;
    v_count int := cardinality(p_payload);
BEGIN
    SELECT * INTO STRICT v_head FROM log_head FOR UPDATE;
    SELECT source = p_source INTO STRICT v_own FROM installation;
    SELECT * INTO v_source FROM source_head WHERE source = p_source ORDER BY epoch DESC LIMIT 1;
    o_status := 0;
    o_inserted := 0;
    o_head := v_head.seq;
    IF v_source.epoch IS NULL OR p_epoch > v_source.epoch THEN
        v_source := (p_source, p_epoch, 0, decode(repeat('00', 32), 'hex'), '-infinity');
    ELSIF p_epoch < v_source.epoch THEN
        SELECT * INTO v_source FROM source_head WHERE source = p_source AND epoch = p_epoch;
        IF v_source.epoch IS NULL OR p_first + v_count - 1 > v_source.position THEN
            o_status := 3;
            o_position := coalesce(v_source.position, 0) + 1;
            RETURN;
        END IF;
    END IF;
    IF p_first > v_source.position + 1 THEN
        o_status := 1;
        o_position := v_source.position + 1;
        RETURN;
    END IF;

    v_skip := least(v_source.position - p_first + 1, v_count);
    IF v_skip > 0 THEN
        SELECT min(p_first + x.i - 1) INTO o_position
          FROM unnest(p_payload[:v_skip], p_chain[:v_skip]) WITH ORDINALITY x(payload, chain, i)
          LEFT JOIN event e ON e.source = p_source AND e.epoch = p_epoch AND e.position = p_first + x.i - 1
         WHERE e.payload IS DISTINCT FROM x.payload OR e.chain IS DISTINCT FROM x.chain;
        IF o_position IS NOT NULL THEN
            o_status := 2;
            RETURN;
        END IF;
    END IF;
    IF v_skip = v_count THEN
        RETURN;
    END IF;

    v_chain := v_source.chain;
    FOR i IN v_skip + 1 .. v_count LOOP
        v_chain := sha256(v_chain || p_payload[i]);
        IF v_chain <> p_chain[i] OR octet_length(p_payload[i]) > max_event_bytes() THEN
            o_status := 2;
            o_position := p_first + i - 1;
            RETURN;
        END IF;
    END LOOP;
    IF v_head.seq + v_count + log_partition_size() / 4 > v_head.partitioned_to THEN
        PERFORM make_partitions(v_head.seq + v_count);
    END IF;

    INSERT INTO event (seq, source, epoch, position, stream, version, type, schema, time, payload, chain)
    SELECT v_head.seq + x.i - v_skip, p_source, p_epoch, p_first + x.i - 1, x.stream, x.version, x.type, x.schema,
           x.time, x.payload, x.chain
      FROM unnest(p_stream, p_version, p_type, p_schema, p_time, p_payload, p_chain)
           WITH ORDINALITY x(stream, version, type, schema, time, payload, chain, i)
     WHERE x.i > v_skip;
    INSERT INTO source_head (source, epoch, position, chain, time)
    VALUES (p_source, p_epoch, p_first + v_count - 1, v_chain, p_time[v_count])
        ON CONFLICT (source, epoch) DO UPDATE SET position = excluded.position, chain = excluded.chain,
           time = greatest(source_head.time, excluded.time);
    IF v_own THEN
        PERFORM readopt_heads(p_stream[v_skip + 1:], p_version[v_skip + 1:], p_payload[v_skip + 1:],
                              v_head.seq + 1, p_first + v_skip);
    END IF;
    o_inserted := v_count - v_skip;
    o_head := v_head.seq + o_inserted;
    UPDATE log_head SET seq = o_head, time = CASE WHEN v_own THEN greatest(v_head.time, p_time[v_count]) ELSE v_head.time END;
END $$;

-- After own events came back: the heads of their streams, and the memory of the commands that made them.
-- A command's body hash is not in its events, so a repeat of it is answered whatever its body is.
CREATE FUNCTION readopt_heads(
    p_stream text[], p_version int[], p_payload bytea[], p_seq bigint, p_position bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_head (stream, version, prev)
    SELECT DISTINCT ON (x.stream) x.stream, x.version, encode(sha256(x.payload), 'hex')
      FROM unnest(p_stream, p_version, p_payload) x(stream, version, payload)
     ORDER BY x.stream, x.version DESC
        ON CONFLICT (stream) DO UPDATE SET version = excluded.version, prev = excluded.prev;
    INSERT INTO command (id, result)
    SELECT x.command, jsonb_build_object('seq', p_seq + min(x.i) - 1, 'position', p_position + min(x.i) - 1,
                                         'versions', jsonb_agg(x.version ORDER BY x.i))
      FROM (SELECT convert_from(u.payload, 'UTF8')::jsonb ->> 'commandid' AS command, u.version, u.i
              FROM unnest(p_payload, p_version) WITH ORDINALITY u(payload, version, i)) x
     WHERE x.command IS NOT NULL
     GROUP BY x.command
        ON CONFLICT (id) DO NOTHING;
END $$;

-- Say that no later own event will carry a time before p_now, and how far the own source is.
CREATE FUNCTION bump_watermark(p_now timestamptz, OUT o_epoch int, OUT o_position bigint, OUT o_chain bytea, OUT o_time timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_source text;
BEGIN
    UPDATE log_head SET time = greatest(time, p_now) RETURNING time INTO STRICT o_time;
    SELECT source INTO STRICT v_source FROM installation;
    UPDATE source_head SET time = o_time
     WHERE source = v_source AND epoch = (SELECT max(epoch) FROM source_head WHERE source = v_source)
    RETURNING epoch, position, chain INTO STRICT o_epoch, o_position, o_chain;
END $$;

-- Begin a new epoch of the own source: positions start again at 1 with an empty chain, versions of streams go on.
CREATE FUNCTION begin_epoch(p_reason text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_last source_head%ROWTYPE;
BEGIN
    PERFORM FROM log_head FOR UPDATE;
    SELECT h.* INTO STRICT v_last FROM installation n JOIN source_head h ON h.source = n.source
     ORDER BY h.epoch DESC LIMIT 1;
    INSERT INTO source_head (source, epoch, position, chain, time)
    VALUES (v_last.source, v_last.epoch + 1, 0, decode(repeat('00', 32), 'hex'), v_last.time);
    INSERT INTO epoch_change (source, epoch, reason, previous_position, previous_chain)
    VALUES (v_last.source, v_last.epoch + 1, p_reason, v_last.position, v_last.chain);
    RETURN v_last.epoch + 1;
END $$;

-- First start of a database: say which installation it is. Later starts only compare, in the service.
CREATE FUNCTION found_installation(p_district text, p_source text, p_simulated_from date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO installation (district, source, kind, simulated_from)
    VALUES (p_district, p_source, CASE WHEN p_simulated_from IS NULL THEN 'real' ELSE 'simulated' END, p_simulated_from)
        ON CONFLICT DO NOTHING;
    INSERT INTO source_head (source, epoch, position, chain, time)
    SELECT n.source, 1, 0, decode(repeat('00', 32), 'hex'), '-infinity' FROM installation n
        ON CONFLICT DO NOTHING;
END $$;
