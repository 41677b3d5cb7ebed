using ReliableDownload.Client;
using ReliableDownload.Rd.Reports;

namespace ReliableDownload.Tests.Rd;

public sealed class ProgressTextTests
{
    private static readonly DownloadProgress HalfWay = new(DownloadPhase.Fetching, 400 << 20, 200 << 20, 0, 200 << 20, 5, 2);

    [Fact]
    public void A_wide_line_tells_all() => Assert.Equal(
        "big.tar: 50 %, 200.0 MiB of 400.0 MiB, 10.0 MiB/s, 20 s left, 5 connections, 2 retries",
        ProgressText.Of("big.tar", HalfWay, 10 << 20, 200));

    [Fact]
    public void A_continued_download_tells_what_was_there() => Assert.Contains(
        "20 s left, 90.0 MiB from before, 5 connections",
        ProgressText.Of("big.tar", HalfWay with { BytesKept = 90 << 20 }, 10 << 20, 200));

    [Fact]
    public void Without_speed_the_time_left_is_unknown() =>
        Assert.Contains("0 B/s, unknown time left", ProgressText.Of("big.tar", HalfWay, 0, 200));

    [Fact]
    public void All_but_one_byte_is_not_100_percent() =>
        Assert.Contains(": 99 %", ProgressText.Of("f", HalfWay with { BytesProven = (400 << 20) - 1 }, 1, 200));

    [Fact]
    public void An_empty_file_is_100_percent() =>
        Assert.Contains(": 100 %", ProgressText.Of("f", HalfWay with { Size = 0, BytesProven = 0 }, 1, 200));

    [Fact]
    public void A_file_of_exabytes_has_a_percentage() =>
        Assert.Contains(": 50 %", ProgressText.Of("f", HalfWay with { Size = long.MaxValue, BytesProven = (long.MaxValue / 2) + 1 }, 1, 200));

    [Fact]
    public void One_is_no_plural() =>
        Assert.EndsWith(", 1 connection, 1 retry", ProgressText.Of("f", HalfWay with { Connections = 1, Retries = 1 }, 1, 200));

    [Fact]
    public void Before_the_server_answered_it_says_so_with_the_retries() => Assert.Equal(
        "f: asking the server, 3 retries",
        ProgressText.Of("f", new DownloadProgress(DownloadPhase.Asking, -1, 0, 0, 0, 0, 3), 0, 200));

    [Fact]
    public void The_last_phase_is_told() => Assert.Equal(
        "f: 100 %, 400.0 MiB of 400.0 MiB, finishing",
        ProgressText.Of("f", HalfWay with { Phase = DownloadPhase.Finishing, BytesProven = 400 << 20 }, 0, 200));

    [Fact]
    public void A_server_that_does_not_get_on_with_hashing_is_told_of() => Assert.Equal(
        "f: 50 %, 200.0 MiB of 400.0 MiB, waiting for the server to hash block 100 for 1 min 05 s",
        ProgressText.Of("f", HalfWay with { PendingBlock = 100, Connections = 0, Silence = TimeSpan.FromSeconds(65) }, 0, 200));

    [Fact]
    public void A_silent_line_has_no_speed_and_no_time_left() => Assert.Equal(
        "f: 50 %, 200.0 MiB of 400.0 MiB, no data for 1.2 s, 5 connections, 2 retries",
        ProgressText.Of("f", HalfWay with { Silence = TimeSpan.FromSeconds(1.2) }, 10 << 20, 200));

    [Fact]
    public void Trouble_is_told_within_about_a_second() => Assert.Contains(
        "no data for 1.2 s, rd keeps trying, the connection was reset",
        ProgressText.Of("f", HalfWay with { Connections = 0, Silence = TimeSpan.FromSeconds(1.2), Trouble = "the connection was reset" }, 10 << 20, 200));

    [Fact]
    public void Before_the_first_request_it_checks_what_is_there() => Assert.Equal(
        "f: 50 %, 200.0 MiB of 400.0 MiB, checking what is on disk, 200.0 MiB from before, 0 connections, 0 retries",
        ProgressText.Of("f", HalfWay with { BytesKept = 200 << 20, BytesFetched = 0, Connections = 0, Retries = 0, Silence = TimeSpan.FromSeconds(2) }, 0, 200));

    [Fact]
    public void A_narrow_line_leaves_out_the_last_fields_first() =>
        Assert.Equal("big.tar: 50 %, 200.0 MiB of 400.0 MiB", ProgressText.Of("big.tar", HalfWay, 10 << 20, 40));

    [Fact]
    public void A_long_name_is_shortened_before_fields_are_left_out()
    {
        var line = ProgressText.Of(new string('n', 200), HalfWay, 10 << 20, 60);
        Assert.StartsWith("nnnnnnnnnnn", line);
        Assert.Contains("…: 50 %, 200.0 MiB of 400.0 MiB", line);
    }

    [Fact]
    public void No_line_is_wider_than_the_room_and_none_cuts_a_character_in_two()
    {
        for (var columns = 1; columns < 150; columns++)
        {
            foreach (var name in new[] { "a", "big.tar", new string('n', 100), string.Concat(Enumerable.Repeat("😀", 60)) })
            {
                var line = ProgressText.Of(name, HalfWay, 10 << 20, columns);
                Assert.True(line.Length <= columns, $"{line.Length} > {columns}: {line}");
                Assert.DoesNotContain(line.EnumerateRunes(), rune => rune.Value == 0xFFFD);
            }
        }
    }
}
