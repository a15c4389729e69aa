/* server/tool/conformance.h -- `sanfang station conformance`. */
#ifndef SERVER_TOOL_CONFORMANCE_H
#define SERVER_TOOL_CONFORMANCE_H

/* argv[0] is "conformance"; returns the exit code. */
int tool_station_conformance(int argc, char **argv);

#endif
