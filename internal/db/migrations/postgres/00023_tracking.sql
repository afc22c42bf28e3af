-- +goose Up
-- folded is the normalised form of a link code, as linkcode.Fold returns it. People type codes in capitals, with the
-- full stop of a sentence, or with the prefix of affiliates' links. The database computes this column, so that an older
-- version of the server can add codes at the same time.
ALTER TABLE link_codes ADD COLUMN folded TEXT GENERATED ALWAYS AS (
    CASE
        WHEN rtrim(link_code, '.') = '' THEN link_code
        WHEN substr(lower(link_code), 1, 2) = 'c_' AND length(rtrim(link_code, '.')) > 2 THEN substr(lower(rtrim(link_code, '.')), 3)
        ELSE lower(rtrim(link_code, '.'))
    END) STORED;
CREATE INDEX link_codes_folded ON link_codes (folded);

-- Facts now wait for the normalised form of a code. The server tries each waiting fact once. A fact waits again if its
-- code is still unknown.
UPDATE facts_waiting SET waits_for = '' WHERE waits_for LIKE 'code:%';

-- params has the parameters with which the client followed the link, as a query string. Postbacks contain these
-- parameters.
ALTER TABLE client_sources ADD COLUMN params TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 'nothing to undo';
