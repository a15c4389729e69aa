/* server/tool/rules_backtest.h -- `sanfang rules backtest`. */
#ifndef SERVER_TOOL_RULES_BACKTEST_H
#define SERVER_TOOL_RULES_BACKTEST_H

/* argv[0] is "backtest".  Exit status. */
int rules_backtest(int argc, char **argv);

#endif
