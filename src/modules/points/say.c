/* What points say. */
#include "text/say.h"

#include "modules/points/points.h"
#include "modules/points/said.h"

static const say_text balances[POINTS_CURRENCY_COUNT] = {
    [POINTS_POINTS] = {"Points: {{balance}}", "积分：{{balance}}", "積分：{{balance}}"},
    [POINTS_XP] = {"Experience: {{balance}}", "经验值：{{balance}}", "經驗值：{{balance}}"},
    [POINTS_STARS] = {"Stars: {{balance}}", "星星：{{balance}} 颗", "星星：{{balance}} 顆"},
};
static const say_text held = {" (and {{held}} set aside)", "（另有 {{held}} 已预留）",
                              "（另有 {{held}} 已保留）"};
static const say_text owed = {" ({{owed}} owed)", "（欠 {{owed}}）", "（尚欠 {{owed}}）"};
static const say_text streak = {"Days in a row: {{days}}", "已连续 {{days}} 天",
                                "已連續 {{days}} 天"};

static void say_balance(struct say *say, const void *part)
{
    const struct points_balance *has = part;
    say_line(say, balances[has->currency], {"balance", say_number(say, has->balance)});
    if (has->held > 0)
        say_append(say, held, {"held", say_number(say, has->held)});
    if (has->owed > 0)
        say_append(say, owed, {"owed", say_number(say, has->owed)});
}

static void say_streak(struct say *say, const void *part)
{
    const struct points_streak *has = part;
    say_line(say, streak, {"days", say_number(say, (int64_t)has->days)});
}

const struct say_row points_says[] = {
    {shape_points_balance, say_balance}, {shape_points_streak, say_streak}, {NULL, NULL}};
