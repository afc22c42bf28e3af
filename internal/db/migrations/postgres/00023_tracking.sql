-- +goose Up
-- What all spellings of a code have in common, as linkcode.Fold computes it: people type codes in capitals, with the
-- full stop of the sentence that they stand in, and with the prefix of affiliates' links. The engine computes it, so that
-- an older version may add codes beside this one.
ALTER TABLE link_codes ADD COLUMN folded TEXT GENERATED ALWAYS AS (
    CASE
        WHEN rtrim(link_code, '.') = '' THEN link_code
        WHEN substr(lower(link_code), 1, 2) = 'c_' AND length(rtrim(link_code, '.')) > 2 THEN substr(lower(rtrim(link_code, '.')), 3)
        ELSE lower(rtrim(link_code, '.'))
    END) STORED;
CREATE INDEX link_codes_folded ON link_codes (folded);

-- Facts wait for the fold of a code now: each is tried once, and waits again if its code is still unknown.
UPDATE facts_waiting SET waits_for = '' WHERE waits_for LIKE 'code:%';

-- What the client's link was followed with, as a query: it comes back in postbacks.
ALTER TABLE client_sources ADD COLUMN params TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 'nothing to undo';
