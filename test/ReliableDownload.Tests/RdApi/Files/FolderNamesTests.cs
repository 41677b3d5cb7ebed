using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class FolderNamesTests
{
    [Fact]
    public void Folders_come_first_and_case_does_not_count_and_numbers_do()
    {
        var names = new FolderNames();
        foreach (var name in (string[])["b", "Ä", "a", "B", "ä", "file-10", "File-2", "file-1", "ßz", "日本", "long-common-beginning-2", "Long-common-beginning-1"])
            names.Add(Encoding.UTF8.GetBytes(name), isFolder: false);
        names.Add("z"u8, isFolder: true);
        names.Add("Y"u8, isFolder: true);
        names.Sort();
        Assert.Equal(
            ["Y", "z", "a", "B", "b", "file-1", "File-2", "file-10", "Long-common-beginning-1", "long-common-beginning-2", "Ä", "ä", "ßz", "日本"],
            Enumerable.Range(0, names.Count).Select(i => Encoding.UTF8.GetString(names[i])));
    }

    [Fact]
    public void Many_names_take_little_memory_and_come_in_order()
    {
        const int Count = 50_000;
        var names = new FolderNames();
        foreach (var number in Enumerable.Range(0, Count).OrderBy(number => number * 7919L % Count))
            names.Add(Encoding.UTF8.GetBytes($"file-{number:D6}.iso"), isFolder: false);
        names.Sort();
        Assert.Equal(Enumerable.Range(0, Count).Select(number => $"file-{number:D6}.iso"), Enumerable.Range(0, Count).Select(i => Encoding.UTF8.GetString(names[i])));
        Assert.InRange(names.Size, Count * 15, Count * 60);
    }

    [Fact]
    public void Names_that_are_no_text_are_kept()
    {
        var names = new FolderNames();
        names.Add([0xff], isFolder: false);
        names.Add([0xfe], isFolder: false);
        names.Sort();
        Assert.Equal([0xfe], names[0].ToArray());
    }
}
