/* Tests of the SL 651 reader against frames that others made.
 *
 * What stands beside a frame was read by hand from its bytes and from the
 * standard's text. */
#include "sl651_frames.h"
#include "sl651_kit.h"

static struct sl651_frame f;
static struct buf raw, said;

#define RAIN_0 "DRP 0"

static const struct {
        const char *name, *want;
} wants[] = {
        {"std_2F_up", "2F up c1 0012345678 s3 @591011155111 03:"},
        {"std_30_up",
         "30 up c1 0012345678 s3 @591011154947 03: 0012345678/H @5910111549 "
         "PJ 0.5 PT 0.5 Z 0.127 VT 11.15"},
        {"std_30_down_ESC", "30 down c1 0012345678 s3 @591011154947 1B:"},
        {"std_30_down_EOT", "30 down c16 0012345678 s2 @140612021525 04:"},
        {"gt_31_up",
         "31 up c5 0011223344 s49 @170718110005 03: 0011223344/H "
         "@1707181005 Z 0.122 @1707181010 Z 0.122 @1707181015 Z 0.285 "
         "@1707181020 Z 10.49 @1707181025 Z 10.49 @1707181030 Z - "
         "@1707181035 Z - @1707181040 Z - @1707181045 Z - @1707181050 Z - "
         "@1707181055 Z 10.49 @1707181100 Z 10.49"},
        {"gt_32_up",
         "32 up c5 0011223344 s52 @170718110016 03: 0011223344/H @1707181100 "
         "PJ 4 PT 4 Z 10.49 VT 10.99"},
        {"gt_33_up_rain",
         "33 up c16 0012345678 s2 @140612021500 03: 0012345678/P "
         "@1406120120 DRP 0 @1406120125 DRP 0 @1406120130 DRP 0 "
         "@1406120135 DRP 0 @1406120140 DRP 0 @1406120145 DRP 0 "
         "@1406120150 DRP 0 @1406120155 DRP 0 @1406120200 DRP 0 "
         "@1406120205 DRP 0 @1406120210 DRP 0 @1406120215 DRP 0 "
         "PT 2 PJ 1 P1 1 VT 12.09"},
        {"gt_34_up_rain",
         "34 up c16 0012345678 s1 @140612020000 03: 0012345678/P "
         "@1406120105 DRP 0 @1406120110 DRP 0 @1406120115 DRP 0 "
         "@1406120120 DRP 0 @1406120125 DRP 0 @1406120130 DRP 0 "
         "@1406120135 DRP 0 @1406120140 DRP 0 @1406120145 DRP 0 "
         "@1406120150 DRP 0 @1406120155 DRP 0 @1406120200 DRP 0 "
         "PT 0 PJ 0 P1 0 VT 12.9"},
        {"gt_34_up_rainlevel",
         "34 up c16 0012345678 s3 @140612020000 03: 0012345678/H "
         "@1406120105 DRP 0 @1406120110 DRP 0 @1406120115 DRP 0 "
         "@1406120120 DRP 0 @1406120125 DRP 0 @1406120130 DRP 0 "
         "@1406120135 DRP 0 @1406120140 DRP 0 @1406120145 DRP 0 "
         "@1406120150 DRP 0 @1406120155 DRP 0 @1406120200 DRP 0 "
         "@1406120105 DRZ1 27.3 @1406120110 DRZ1 27.3 @1406120115 DRZ1 - "
         "@1406120120 DRZ1 - @1406120125 DRZ1 - @1406120130 DRZ1 - "
         "@1406120135 DRZ1 - @1406120140 DRZ1 - @1406120145 DRZ1 - "
         "@1406120150 DRZ1 - @1406120155 DRZ1 - @1406120200 DRZ1 - "
         "PT 0 PJ 0 P1 0 Z 27.3 VT 12.9 ~definition:93 ~decimals:93"},
        {"gt_35_up", "35 up c1 0012345678 s4 @591011155145 03: text[7]"},
        {"gt_35_up2", "35 up c16 0012345678 s15 @130325095804 03: text[23]"},
        {"gt_37_up",
         "37 up c1 0012345678 s9 @591011161403 03: 0012345678/H @5910111614 "
         "PJ 1.5 PT 1.5 Z 0.122 VT 11.08"},
        {"gt_38_down",
         "38 down c16 0012345678 s0 @130325110533 05: from 1303241000 to "
         "1303251000 ask DRP"},
        {"gt_3A_up_F4",
         "3A up c5 0011223344 s55 @170718110226 03: 0011223344/H "
         "@1707181005 DRP 0.5 @1707181010 DRP 0 @1707181015 DRP 0 "
         "@1707181020 DRP 0 @1707181025 DRP 2 @1707181030 DRP - "
         "@1707181035 DRP - @1707181040 DRP - @1707181045 DRP - "
         "@1707181050 DRP - @1707181055 DRP 0 @1707181100 DRP 0"},
        {"gt_3A_up_F5",
         "3A up c5 0011223344 s56 @170718110235 03: 0011223344/H "
         "@1707181005 DRZ1 0.12 @1707181010 DRZ1 0.12 @1707181015 DRZ1 0.28 "
         "@1707181020 DRZ1 0.49 @1707181025 DRZ1 0.49 @1707181030 DRZ1 - "
         "@1707181035 DRZ1 - @1707181040 DRZ1 - @1707181045 DRZ1 - "
         "@1707181050 DRZ1 - @1707181055 DRZ1 0.49 @1707181100 DRZ1 0.49"},
        {"gt_3A_up_multi",
         "3A up c5 0011223344 s57 @170718110254 03: 0011223344/H @1707181102 "
         "PD 0 PJ 4 PT 4 VT 10.99 Z 10.49"},
        {"gt_3A_down", "3A down c5 0011223344 s0 @170718110230 05: ask DRP"},
        {"gt_44_up",
         "44 up c5 0011223344 s33 @170718101949 03: 0011223344/H @1707181019 "
         "VTA - VTB - VTC - VIA - VIB - VIC -"},
        {"gt_45_up", "45 up c5 0011223344 s34 @170718101955 03: version[17]"},
        {"gt_46_up", "46 up c5 0011223344 s35 @170718102008 03: 0011223344/- "
                     "@170718102008 ZT 1024"},
        {"gt_46_down", "46 down c5 0011223344 s0 @170718102108 05:"},
        {"gt_4A_down", "4A down c5 0011223344 s0 @170718102149 05:"},
        {"gt_4A_up", "4A up c5 0011223344 s37 @170718102149 03:"},
        {"gt_47_down",
         "47 down c5 0011223344 s0 @170718110351 05: parameters[2]"},
        {"gt_47_up", "47 up c5 0011223344 s58 @170718110347 03:"},
        {"ascii_32_up", "32 up c1 5010123456 s1 @260909080000 03: 5010123456/H "
                        "@2609090800 Z 6.38 VT 12.5"},
        {"gt_31_down_ESC", "31 down c5 0011223344 s49 @170718110005 1B:"},
        {"gt_32_down", "32 down c5 0011223344 s52 @170718110016 1B:"},
        {"gt_33_down_EOT", "33 down c16 0012345678 s2 @140612021525 04:"},
        {"gt_34_down_EOT", "34 down c16 0012345678 s1 @140613143853 04:"},
        {"gt_36_down", "36 down c1 0012345678 s0 @170718095255 05:"},
        {"gt_37_down", "37 down c1 0012345678 s0 @170718095404 05:"},
        {"dev_2f", "2F up c0 9876543210 s32264 @221011100747 03: ~centre:2"},
};

static struct text frame(const char *hex)
{
        buf_clear(&raw);
        kit_hex(&raw, hex);
        return buf_as_text(&raw);
}

static const char *want_of(const char *name)
{
        size_t i;

        for (i = 0; i < sizeof wants / sizeof *wants; i++)
                if (strcmp(wants[i].name, name) == 0)
                        return wants[i].want;
        return NULL;
}

static void reads_as(const char *name, const char *hex)
{
        const char *want = want_of(name);
        struct err e = {0};

        if (!want)
                return;
        if (sl651_decode(frame(hex), NULL, &f, &e) != OK)
                fail_msg("%s: %s", name, e.msg);
        if (strcmp(kit_say(&said, &f), want) != 0)
                fail_msg("%s:\nis   %s\nwant %s", name, said.p, want);
}

TEST(every_frame_reads_as_it_stands)
{
        size_t n = 0;

#define X(name, hex)          \
        reads_as(#name, hex); \
        n += want_of(#name) != NULL;
        SL651_FRAMES(X)
#undef X
        CHECK_EQ(n, sizeof wants / sizeof *wants);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(every_frame_reads_as_it_stands),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
