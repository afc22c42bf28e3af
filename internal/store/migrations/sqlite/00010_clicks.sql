-- +goose Up
-- Clicks have a file of their own here, beside this one: see the folder clicks.
SELECT 'clicks are in the file beside this one';

-- +goose Down
SELECT 'nothing to undo';
