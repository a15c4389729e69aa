/* test/fuzz/drive.c -- runs a fuzz target over files and folders of seeds,
 * so that any compiler replays them in ctest. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEED_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_run;

static int run_file(const char *path)
{
        FILE *f = fopen(path, "rb");
        uint8_t *all = malloc(SEED_MAX), *exact;
        size_t n;

        if (!f || !all) {
                fprintf(stderr, "drive: cannot read %s\n", path);
                free(all);
                if (f)
                        fclose(f);
                return 1;
        }
        n = fread(all, 1, SEED_MAX, f);
        fclose(f);
        /* A copy of its own size, so that a read past the end is seen. */
        exact = malloc(n ? n : 1);
        if (exact && n)
                memcpy(exact, all, n);
        free(all);
        if (!exact)
                return 1;
        LLVMFuzzerTestOneInput(exact, n);
        free(exact);
        n_run++;
        return 0;
}

static int run_path(const char *path)
{
        char child[4096];
        struct stat st;
        struct dirent *d;
        DIR *dir;
        int bad = 0;

        if (stat(path, &st) != 0) {
                fprintf(stderr, "drive: no %s\n", path);
                return 1;
        }
        if (!S_ISDIR(st.st_mode))
                return run_file(path);
        dir = opendir(path);
        while (dir && (d = readdir(dir))) {
                if (d->d_name[0] == '.')
                        continue;
                snprintf(child, sizeof child, "%s/%s", path, d->d_name);
                bad |= run_path(child);
        }
        if (dir)
                closedir(dir);
        return bad;
}

int main(int argc, char **argv)
{
        int bad = 0, i;

        for (i = 1; i < argc; i++)
                bad |= run_path(argv[i]);
        printf("%zu seeds\n", n_run);
        return bad || n_run == 0;
}
