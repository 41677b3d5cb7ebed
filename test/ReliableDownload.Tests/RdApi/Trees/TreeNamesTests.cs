using System.Buffers;
using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Trees;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Trees;

/// <summary>The memory for names is bounded for all trees together, and no tree is in its own way.</summary>
public sealed class TreeNamesTests : IDisposable
{
    private const int Capacity = 1000;

    private readonly TempFolder _root = new();

    public TreeNamesTests()
    {
        for (var i = 0; i < 100; i++)
            File.WriteAllText(_root[$"a file with a long name {i:000}"], "");
        Directory.CreateDirectory(_root["subfolder"]);
        File.WriteAllText(_root["subfolder/file"], "");
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_folder_with_more_names_than_all_may_take_is_told_with_its_subfolders()
    {
        var lines = await TellAsync(new TreeNames(Capacity));

        Assert.Contains("subfolder/file", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_others_take_all_what_was_found_before_is_told()
    {
        var names = new TreeNames(Capacity);

        var lines = await TellAsync(names, () => names.Add(Capacity));

        Assert.Contains("a%20file%20with%20a%20long%20name%20099", lines, StringComparison.Ordinal);
        Assert.Contains("too many", lines, StringComparison.Ordinal);
    }

    private async Task<string> TellAsync(TreeNames names, Action? afterBeginning = null)
    {
        var output = new ArrayBufferWriter<byte>();
        var root = WebRoot.Open(_root.Path, showHidden: false);
        using var folder = root.OpenFolder(RequestPath.Root);
        using var walk = new TreeWalk(root, names, new TreeQuery(After: null, int.MaxValue, HasDigests: false));
        using var lines = new TreeLines(output, TimeProvider.System.GetUtcNow());
        var telling = new TreeTelling(walk, lines, digests: null, isVisible: null, TimeProvider.System);
        walk.Begin(RequestPath.Root, folder!);
        afterBeginning?.Invoke();
        try
        {
            while (await telling.TryTellAsync(TestContext.Current.CancellationToken))
            {
            }
        }
        catch (TreeFullException)
        {
            return Encoding.UTF8.GetString(output.WrittenSpan) + "too many";
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
