// SPDX-License-Identifier: Apache-2.0
//
// One replica of a service under load: /load/demand holds the work that arrives for the whole group, in
// thousandths of a core; each replica does its share of it, which is the demand over the replicas alive. A
// replica says that it lives by touching /load/alive/<host name>. What it cannot do in time is lost, as with
// clients that give up: a replica at its CPU limit is saturated.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double kPeriod = 0.1;     // s; one CFS period
static const double kAliveFor = 1.5;   // s since the last touch

static volatile sig_atomic_t stopped = 0;
static void stop(int signal) { (void)signal; stopped = 1; }

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double read_demand(void) {
    double thousandths = 0;
    FILE* file = fopen("/load/demand", "r");
    if (file == NULL) return 0;
    if (fscanf(file, "%lf", &thousandths) != 1) thousandths = 0;
    fclose(file);
    return thousandths / 1000;
}

static int count_alive(void) {
    int alive = 0;
    DIR* folder = opendir("/load/alive");
    if (folder == NULL) return 1;
    const double now = seconds(CLOCK_REALTIME);
    for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
        struct stat status;
        if (entry->d_name[0] == '.' || fstatat(dirfd(folder), entry->d_name, &status, 0) != 0) continue;
        const double touched = (double)status.st_mtim.tv_sec + 1e-9 * (double)status.st_mtim.tv_nsec;
        if (now - touched < kAliveFor) ++alive;
    }
    closedir(folder);
    return alive > 0 ? alive : 1;
}

int main(void) {
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    char host[200] = "";
    char mark[256];
    gethostname(host, sizeof host - 1);
    snprintf(mark, sizeof mark, "/load/alive/%s", host);
    mkdir("/load/alive", 0777);
    double share = 0;
    for (unsigned long period = 0; !stopped; ++period) {
        const double begin = seconds(CLOCK_MONOTONIC);
        if (period % 5 == 0) {
            const int file = open(mark, O_WRONLY | O_CREAT, 0666);
            if (file >= 0) {
                futimens(file, NULL);
                close(file);
            }
            share = read_demand() / count_alive();
        }
        const double enough = seconds(CLOCK_PROCESS_CPUTIME_ID) + share * kPeriod;
        while (seconds(CLOCK_PROCESS_CPUTIME_ID) < enough && seconds(CLOCK_MONOTONIC) - begin < kPeriod) {
        }
        const double rest = kPeriod - (seconds(CLOCK_MONOTONIC) - begin);
        if (rest > 0) usleep((useconds_t)(rest * 1e6));
    }
    unlink(mark);
    return 0;
}
