// "Nhật ký nào được ghi": what this school's box records, made from its live settings, to print for parents.
import { Button, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { useSession } from "../hooks/use-session";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { moment } from "../util/format";

export function NoticePage() {
  const { t } = useTranslation();
  const school = useSession()?.school;
  const query = useQuery(queries.notice);
  return (
    <Page
      title={query.data?.title ?? t("nav.notice")}
      lead={school ?? undefined}
      actions={
        <Button
          variant="default"
          onClick={() => {
            globalThis.print();
          }}
        >
          {t("action.print")}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ sections, made }) => (
          <Paper component="article" p="lg">
            <Stack>
              {sections.map((section) => (
                <div key={section.title}>
                  <Title order={2} mb={6}>
                    {section.title}
                  </Title>
                  <List spacing={4}>
                    {section.lines.map((line) => (
                      <List.Item key={line}>{line}</List.Item>
                    ))}
                  </List>
                </div>
              ))}
              <Text size="sm" c="dimmed">
                {t("notice.made", { time: moment(made) })}
              </Text>
            </Stack>
          </Paper>
        )}
      </Loaded>
    </Page>
  );
}
