namespace ReliableDownload.Rd;

/// <summary>Which files the command line and the input file ask for, and where each goes.</summary>
internal static class RequestedFiles
{
    /// <summary>Tells paths apart as the usual file system of the system does.</summary>
    public static readonly StringComparer PathComparer =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <exception cref="UsageException">A URL cannot be downloaded, or two files would become one.</exception>
    public static IReadOnlyList<RequestedFile> Of(IReadOnlyList<string> urls, RdOptions options)
    {
        var lines = options.InputFile is { } list ? InputFile.Read(list) : [];
        if (urls.Count + lines.Count == 0)
            throw new UsageException(options.InputFile is { } empty ? $"There is no URL in '{empty}'." : "Give the URL of a file to download, such as rd http://server:8082/big.iso.");
        if (urls.Count + lines.Count > 1 && options.Checksum is not null)
            throw new UsageException("--checksum is for one file; use a separate command for each URL.");
        if (urls.Count + lines.Count > 1 && options.Download.Mirrors.Count > 0)
            throw new UsageException("--mirror is for one file; use a separate command for each URL, or a Metalink.");
        if (urls.Count + lines.Count > 1 && options.Output is not null)
            throw new UsageException("--output is for one file; use a separate command for each URL, or an --input-file with 'out=' lines.");

        List<RequestedFile> files =
        [
            .. urls.Select(url => File(url, options.Output, options) with { Checksum = options.Checksum }),
            .. lines.Select(line => Line(line, options)),
        ];
        if (files.Exists(file => file.IsForOutput))
            CheckOutput(files, options);
        if (files.Exists(file => file.IsFolder))
            CheckFolders(files, options);
        if (files.Where(file => !file.IsNamedByServer).GroupBy(file => Path.GetFullPath(file.Target), PathComparer).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new UsageException($"Two of the URLs would become the same file '{twice.First().Name}'; give them to two commands with different folders.");
        return files;
    }

    private static void CheckOutput(List<RequestedFile> files, RdOptions options)
    {
        if (files.Count > 1)
            throw new UsageException("Standard output takes one file; give the other URLs to another command.");
        if (options.IsJson)
            throw new UsageException("--json and -O - exclude each other: both write to standard output.");
        if (options.Download.KeepBlocks)
            throw new UsageException("--keep and -O - exclude each other: nothing is on disk that could be kept.");
    }

    // Nobody may think that a folder was compared with what was not looked at.
    private static void CheckFolders(List<RequestedFile> files, RdOptions options)
    {
        if (files.Exists(file => file is { IsFolder: true, Checksum: not null }))
            throw new UsageException("--checksum is for a single file, and not for a folder.");
        if (options.Download.Mirrors.Count > 0)
            throw new UsageException("--mirror is for a single file, and not for a folder.");
        if (options.Download.Proof is not null && options.Tree is { Plain: false })
            throw new UsageException("--proof is not for -r, as the rd-api's digests prove all files of the folder; to compare them with a list afterwards, use sha256sum -c.");
    }

    private static RequestedFile Line(InputLine line, RdOptions options)
    {
        try
        {
            return File(line.Url, line.Output ?? options.Output, options) with { Checksum = line.Checksum ?? options.Checksum };
        }
        catch (UsageException error)
        {
            throw new UsageException($"{line.Place}: {error.Message}");
        }
    }

    private static RequestedFile File(string text, string? output, RdOptions options)
    {
        var folder = options.OutputDirectory;
        if (MetalinkArgument.Of(text) is { } metalink)
        {
            var target = output == RequestedFile.StandardOutput ? output : Path.Combine(folder, output ?? Uri.UnescapeDataString(metalink.Segments[^1]).Trim('/'));
            return new RequestedFile(metalink, target) { IsMetalink = true, IsTargetChosen = output is not null };
        }

        if (FileUrl.TryParse(text, out var problem) is not { } url)
            throw new UsageException($"{problem}.");
        if (options.Tree is not null)
            return Folder(url, output, options);
        if (output == RequestedFile.StandardOutput)
            return new RequestedFile(url.Location, output);
        if (output is not null)
            return new RequestedFile(url.Location, Path.Combine(folder, output));
        if (options.TakesServerNames)
            return new RequestedFile(url.Location, url.Name is null ? "" : Path.Combine(folder, url.Name)) { IsNamedByServer = true, Folder = folder };
        if (url.Name is null)
            throw new UsageException(url.Location.AbsolutePath.EndsWith('/') ? $"{url.Problem}, or download the whole folder with -r." : $"{url.Problem}.");
        return new RequestedFile(url.Location, Path.Combine(folder, url.Name));
    }

    private static RequestedFile Folder(FileUrl url, string? output, RdOptions options)
    {
        var shown = FileUrl.WithoutUserInfo(url.Location.OriginalString);
        if (output == RequestedFile.StandardOutput)
            throw new UsageException("A folder cannot be written to standard output; leave out -O - or -r.");
        if (!url.Location.AbsolutePath.EndsWith('/'))
            throw new UsageException($"'{shown}' names a file; the URL of a folder ends with a slash.");
        var name = url.Location.AbsolutePath == "/" ? url.Location.Host : TargetName.OfFolder(url.Location, out var problem) ?? throw new UsageException($"'{shown}' {problem}; choose a name with -O.");
        return new RequestedFile(url.Location, Path.Combine(options.OutputDirectory, output ?? name)) { IsFolder = true };
    }
}
