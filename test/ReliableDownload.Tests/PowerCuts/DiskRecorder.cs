using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ReliableDownload.Tests.PowerCuts;

/// <summary>Reads what strace wrote of one program's calls, and keeps those that change the disk below one folder.</summary>
internal sealed partial class DiskRecorder
{
    /// <summary>The calls of strace that have to be traced, and the form: strings in hex, none cut.</summary>
    public static readonly string[] StraceOptions =
    [
        "-f", "-qq", "-xx", "-s", "100000", "-e", "signal=none", "-e",
        "trace=open,openat,creat,close,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,"
        + "mkdir,mkdirat,rmdir,fsync,fdatasync",
    ];

    private readonly string _root;
    private readonly List<DiskCall> _calls = [];
    private readonly Dictionary<string, int> _names = [];
    private readonly Dictionary<int, (int File, string Path)> _open = [];
    private readonly Dictionary<string, (string Text, int Covers)> _unfinished = [];
    private int _files;

    /// <param name="root">The folder, with what it holds before the program runs.</param>
    public DiskRecorder(string root)
    {
        _root = root;
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            Initial[path] = File.ReadAllBytes(path);
            _names[path] = _files++;
        }

        InitialFolders = [root, .. Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories)];
    }

    /// <summary>The files that were there before; their numbers are their places.</summary>
    public Dictionary<string, byte[]> Initial { get; } = [];

    public IReadOnlyList<string> InitialFolders { get; }

    /// <summary>The calls that <paramref name="log"/> tells of, in the order in which they ended.</summary>
    public IReadOnlyList<DiskCall> Read(string log)
    {
        foreach (var line in File.ReadLines(log))
        {
            var space = line.IndexOf(' ');
            var (thread, text) = (line[..space], line[space..].TrimStart());
            var covers = _calls.Count;
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                _unfinished[thread] = (text[..^"<unfinished ...>".Length].TrimEnd(), covers);
                continue;
            }

            if (text.StartsWith("<... ", StringComparison.Ordinal))
            {
                (var begin, covers) = _unfinished[thread];
                text = begin + text[(text.IndexOf('>') + 1)..];
            }

            var end = text.LastIndexOf(") ", StringComparison.Ordinal);
            if (end > 0 && Returned().Match(text, end) is { Success: true } returned && returned.Groups["value"].Value[0] != '-')
                Take(text[..text.IndexOf('(')], text[(text.IndexOf('(') + 1)..end].Split(", "), int.Parse(returned.Groups["value"].Value, CultureInfo.InvariantCulture), covers);
        }

        return _calls;
    }

    [GeneratedRegex(@"\G\)\s+= (?<value>-?\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Returned();

    private void Take(string call, string[] arguments, int returned, int covers)
    {
        switch (call)
        {
            case "open" or "creat": Open(PathOf(arguments[0]), arguments[^1].Contains("O_TRUNC") || arguments[1].Contains("O_TRUNC"), returned); break;
            case "openat": Open(PathOf(arguments[1]), arguments[2].Contains("O_TRUNC"), returned); break;
            case "close": _open.Remove(Number(arguments[0])); break;
            case "pwrite64": Write(arguments[0], arguments[1], long.Parse(arguments[3], CultureInfo.InvariantCulture), returned); break;
            case "ftruncate": OfOpen(arguments[0], (file, _) => new DiskCall.SetLength(file, long.Parse(arguments[1], CultureInfo.InvariantCulture))); break;
            case "rename": Rename(PathOf(arguments[0]), PathOf(arguments[1])); break;
            case "renameat" or "renameat2": Rename(PathOf(arguments[1]), PathOf(arguments[3])); break;
            case "unlink": Unlink(PathOf(arguments[0])); break;
            case "unlinkat" when !arguments[2].Contains("AT_REMOVEDIR"): Unlink(PathOf(arguments[1])); break;
            case "mkdir": OfPath(arguments[0], path => new DiskCall.MakeFolder(path)); break;
            case "rmdir": OfPath(arguments[0], path => new DiskCall.RemoveFolder(path)); break;
            case "fsync" or "fdatasync": OfOpen(arguments[0], (file, path) => file < 0 ? new DiskCall.FlushFolder(path, covers) : new DiskCall.FlushFile(file, covers)); break;
            case "fallocate": break;
            default: Assert.False(_open.ContainsKey(call.EndsWith("at", StringComparison.Ordinal) ? -1 : Number(arguments[0])), $"{call} is not understood"); break;
        }
    }

    private void Open(string path, bool truncates, int descriptor)
    {
        if (!path.StartsWith(_root, StringComparison.Ordinal))
            return;
        var isFolder = InitialFolders.Contains(path) || _calls.Exists(call => call is DiskCall.MakeFolder made && made.Path == path);
        if (!isFolder && !_names.ContainsKey(path))
        {
            _names[path] = _files;
            _calls.Add(new DiskCall.Create(path, _files++));
        }

        _open[descriptor] = (isFolder ? -1 : _names[path], path);
        if (truncates)
            _calls.Add(new DiskCall.SetLength(_names[path], 0));
    }

    private void Write(string descriptor, string data, long offset, int length) =>
        OfOpen(descriptor, (file, _) => new DiskCall.Write(file, offset, Bytes(data)[..length]));

    private void Rename(string from, string to)
    {
        if (!_names.Remove(from, out var file))
            return;
        _names[to] = file;
        _calls.Add(new DiskCall.Rename(from, to, file));
    }

    private void Unlink(string path)
    {
        if (_names.Remove(path))
            _calls.Add(new DiskCall.Unlink(path));
    }

    private void OfOpen(string descriptor, Func<int, string, DiskCall> call)
    {
        if (_open.TryGetValue(Number(descriptor), out var open))
            _calls.Add(call(open.File, open.Path));
    }

    private void OfPath(string argument, Func<string, DiskCall> call)
    {
        if (PathOf(argument) is var path && path.StartsWith(_root, StringComparison.Ordinal))
            _calls.Add(call(path));
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string PathOf(string argument) => Encoding.UTF8.GetString(Bytes(argument)).TrimEnd('/');

    // "\x2f\x74…"
    private static byte[] Bytes(string argument)
    {
        Assert.False(argument.EndsWith("...", StringComparison.Ordinal), "strace cut a string");
        return Convert.FromHexString(argument.Trim('"').Replace("\\x", ""));
    }
}
