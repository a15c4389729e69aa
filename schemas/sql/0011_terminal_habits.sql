-- 0011_terminal_habits.sql -- what else the station book says of a terminal.
ALTER TABLE sanfang.station
        ADD COLUMN sl651_vendor text,   -- whose own elements; NULL: none
        ADD COLUMN sl651_ask boolean NOT NULL DEFAULT false,    -- 38H
        ADD COLUMN sl651_amends boolean NOT NULL DEFAULT false; -- 35H
