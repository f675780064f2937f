"""What the analysis assumes of builtins, and of methods whose receiver it does not know."""

HARMLESS_BUILTINS = frozenset(
    """abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict dir divmod
    enumerate float format frozenset hasattr hash hex id int isinstance issubclass iter len list
    locals max memoryview min next object oct ord pow print property range repr reversed round set
    slice sorted staticmethod str sum super tuple type zip map filter reduce ellipsis""".split()
)

# builtin -> where it takes a callable: positional index or keyword.
TAKES_CALLABLE: dict[str, int | str] = {
    "builtins.map": 0,
    "builtins.filter": 0,
    "builtins.sorted": "key",
    "builtins.min": "key",
    "builtins.max": "key",
    "functools.reduce": 0,
    "numpy.vectorize": 0,
    "numpy.apply_along_axis": 0,
    "numpy.apply_over_axes": 0,
    "numpy.fromfunction": 0,
    "numpy.frompyfunc": 0,
    "numpy.piecewise": 2,
    "itertools.starmap": 0,
    "itertools.groupby": 1,
    "itertools.takewhile": 0,
    "itertools.dropwhile": 0,
    "itertools.accumulate": 1,
    "itertools.filterfalse": 0,
    "collections.defaultdict": 0,
    "weakref.finalize": 1,
    "weakref.ref": 1,
    "torch.utils.checkpoint.checkpoint": 0,
    "contextlib.ExitStack": 0,
}

# Methods of text, bytes, numbers, containers, arrays, frames and tensors that only compute on
# their receiver and arguments, and logging calls. None calls an argument, opens or loads anything.
DATA_METHODS = frozenset(
    dir(str)
    + dir(bytes)
    + dir(bytearray)
    + dir(int)
    + dir(float)
    + dir(complex)
    + dir(list)
    + dir(dict)
    + dir(set)
    + dir(tuple)
    + dir(range)
    + dir(slice)
    + dir(memoryview)
    + """
    appendleft popleft extendleft rotate most_common subtract elements move_to_end total_seconds
    isoformat date time timestamp strftime toordinal weekday isocalendar utcoffset tzname
    debug info warning warn error exception critical log isEnabledFor getEffectiveLevel
    group groups groupdict match search fullmatch findall finditer sub subn span
    acquire release locked is_set
    T abs absolute add add_ addcdiv addcdiv_ addcmul addcmul_ addmm all allclose amax amin angle any
    arange arccos arcsin arctan argmax argmin argpartition argsort argwhere around array
    array_equal as_tensor asanyarray asarray asformat ascontiguousarray astype at atleast_1d
    atleast_2d axes baddbmm base between bfill bfloat16 bincount bitwise_and bitwise_or
    bitwise_not bmm bool broadcast_to broadcast_arrays byte ceil chunk cholesky clamp clamp_
    clamp_min clip clone coalesce compress concat concatenate conj contiguous copy_ copysign corr
    cos cosh count count_nonzero cov cpu cross cuda cummax cummin cumprod cumsum data dense detach
    detach_ diag diagonal diff digitize dim div div_ divide dot double drop drop_duplicates dropna
    dtype duplicated eigh eigvalsh einsum element_size elu empty empty_like eq equal erf exp exp_
    expand expand_as expand_dims expm1 explode eye factorize fill fill_ fill_diagonal_ fillna finfo
    first flatten flip float float_ floor floor_divide fmod from_numpy full full_like gather ge
    get_dtype get_indexer get_loc getcol getformat getnnz getrow groupby gt half head hsplit hstack
    iinfo index_add index_copy index_fill index_put index_put_ index_select infer_objects
    inverse is_complex is_contiguous is_cuda is_floating_point is_integer is_leaf is_sparse
    isclose isfinite isin isinf isna isnan isnull issubdtype item itemset itertuples iteritems
    kron kthvalue ldexp le lerp lerp_ less lexsort linspace log log10 log1p log2 log_ log_softmax
    logaddexp logical_and logical_not logical_or logical_xor logspace logsumexp long lstsq lt
    mT masked_fill masked_fill_ masked_scatter masked_scatter_ masked_select matmul matrix_norm
    maximum mean median meshgrid minimum mm mod moveaxis mul mul_ multinomial multiply mv nan_to_num
    nanmax nanmean nanmedian nanmin nanpercentile nanquantile nanstd nansum nanvar narrow ndim
    ndimension ne neg neg_ negative new new_empty new_full new_ones new_tensor new_zeros nnz
    nonzero norm normal_ normalize not_equal notna notnull numel numpy nunique ones ones_like outer
    pad partition percentile permute pinv positive pow_ power prod ptp put qr quantile rad2deg
    rand randint randn random random_sample ravel real reciprocal reindex remainder rename
    repeat repeat_interleave requires_grad_ reset_index reshape reshape_as resize resize_
    resize_as_ result_type roll rolling rot90 rsqrt rsub scatter scatter_ scatter_add
    scatter_add_ searchsorted select set_index sigmoid sign sin sinh size slogdet softmax softplus
    solve sort_index sort_values sorted split sqrt sqrt_ square squeeze squeeze_ stack std sub_
    subtract_ sum sum_duplicates svd svdvals swapaxes swapdims t take take_along_axis tan tanh
    tensordot tile to to_dense to_dict to_list to_numpy to_records to_sparse toarray tobytes tocoo
    tocsc tocsr todense todok tolil tolist topk trace transpose tril tril_indices triu triu_indices
    true_divide trunc type type_as unbind unfold uniform uniform_ unique unique_consecutive
    unravel_index unsqueeze unsqueeze_ unstack value_counts var vdot vecdot vector_norm view
    view_as view_as_complex view_as_real vsplit vstack where xlogy zero_ zeros zeros_like
    standard_normal normal choice shuffle permutation binomial poisson exponential beta gamma
    cat_ codes categories add_categories remove_categories set_categories rename_axis melt pivot
    iat iloc loc values nrows ncols is_monotonic_increasing is_unique tz_localize tz_convert
    get_shape as_list set_shape get_device is_meta dequantize int_repr q_scale q_zero_point
    share_memory_ untyped_storage data_ptr storage_offset stride is_quantized requires_grad
    get_params set_output get_device_type named_parameters named_buffers named_modules named_children
    parameters modules children buffers register_buffer register_parameter
    """.split()
)

# Method names that reach outside the process whatever the receiver: never part of a proof.
REACHING_METHODS = frozenset(
    """open read readline readlines write writelines save savez load loads dump dumps load_module
    exec exec_module eval system popen run call check_call check_output spawn kill terminate
    connect send sendall sendto recv bind listen accept urlopen download upload fetch get_file
    unlink rmdir mkdir makedirs touch write_text write_bytes read_text read_bytes tofile fromfile
    to_pickle read_pickle to_csv to_sql to_parquet to_hdf extractall extract import_module
    find_class persistent_load submit apply_async start fork set_trace interact execute executemany
    executescript register load_library cdll LoadLibrary from_pretrained load_state_dict_from_url
    tofile memmap __import__ __subclasses__ __globals__ __reduce__ __reduce_ex__""".split()
)
