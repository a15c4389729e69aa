/* server/tool/rules_compose.h -- `sanfang rules compose`. */
#ifndef SERVER_TOOL_RULES_COMPOSE_H
#define SERVER_TOOL_RULES_COMPOSE_H

/* argv[0] is "compose".  Exit status. */
int rules_compose(int argc, char **argv);

#endif
