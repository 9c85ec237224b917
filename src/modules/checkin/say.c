/* What checking in says. */
#include "text/say.h"

#include "modules/checkin/checkin.h"

static const say_text came[] = {
    [CHECKIN_DONE] = {"Day {{days}}, +{{amount}}, balance {{balance}}",
                      "第 {{days}} 天，+{{amount}}，余额 {{balance}}",
                      "第 {{days}} 天，+{{amount}}，餘額 {{balance}}"},
    [CHECKIN_ALREADY] = {"Already checked in today, day {{days}}, balance {{balance}}",
                         "今天已签到，第 {{days}} 天，余额 {{balance}}",
                         "今天已簽到，第 {{days}} 天，餘額 {{balance}}"},
    [CHECKIN_OFF] = {"There is no check-in here.", "这里没有签到。", "這裡沒有簽到。"},
    [CHECKIN_REPAIRED] = {"One missed day is repaired for {{amount}} points: {{days}} in a row, "
                          "balance {{balance}}",
                          "已用 {{amount}} 积分补签一天：连续 {{days}} 天，余额 {{balance}}",
                          "已用 {{amount}} 積分補簽一天：連續 {{days}} 天，餘額 {{balance}}"},
    [CHECKIN_NOTHING_MISSING] = {"No missed day can be repaired now.", "目前没有可以补签的日子。",
                                 "目前沒有可以補簽的日子。"},
    [CHECKIN_LIMIT] = {"No more days can be repaired this month.", "本月的补签次数已用完。",
                       "本月的補簽次數已用完。"},
    [CHECKIN_TOO_FEW] = {"That takes {{amount}} points, and you have {{balance}}.",
                         "需要 {{amount}} 积分，你有 {{balance}}。",
                         "需要 {{amount}} 積分，你有 {{balance}}。"},
};

static void say_came(struct say *say, const void *part)
{
    const struct checkin_came *said = part;
    say_line(say, came[said->what], {"days", say_number(say, (int64_t)said->streak)},
             {"amount", say_number(say, (int64_t)said->amount)},
             {"balance", say_number(say, said->balance)});
}

const struct say_row checkin_says[] = {{shape_checkin_came, say_came}, {NULL, NULL}};
